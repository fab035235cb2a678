// A sweep's specification: a small YAML or JSON file of settings, each with a value, a list of values or a range.
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { Lexer, parseDocument, visit } from "yaml";
import { InputError } from "../core/errors.js";
import { decodeText } from "../core/text.js";
import { readInput } from "../node/files.js";
import type { Kind } from "../settings/kinds.js";
import { DEFAULTS } from "../settings/recipes.js";
import { flagOf, MOST_FOLDS, SETTINGS, type Setting, type Table } from "../settings/table.js";

/** A setting that differs between trainings, by its flag's name. */
export type Varied = string;
export type Value = string | number;

/** The settings that a sweep may vary, by their flags' names; `models` are tried one by one. */
export const variedSettings = (table: Table = SETTINGS): Map<Varied, Setting & { key: string }> =>
  new Map(Object.entries(table).flatMap(([key, row]) => (row.sweep ? [[flagOf(key), { key, ...row }]] : [])));

export interface SweepSpec {
  /** Absolute, or "synthetic"; undefined: what `run` takes. */
  data?: string | undefined;
  classes?: [negative: string, positive: string] | undefined;
  /** In the file's order; what is absent is the recipe's. */
  options: [name: Varied, values: Value[]][];
  seeds: number[];
  /** Undefined: the validation set is not made of folds. */
  folds?: number | undefined;
}

/** Thirty settings of a thousand values each take less. */
const MAX_BYTES = 2 ** 18;
/** Lexemes of YAML: a value in a list is four. Their number, and how deep they are, decides what parsing costs. */
const MOST_LEXEMES = 2e5;
const MOST_DEPTH = 16;
const MOST_VALUES = 1000;

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const range = v.strictObject({
  from: positive,
  to: positive,
  count: whole(2, MOST_VALUES),
  scale: v.optional(v.picklist(["linear", "log"]), "linear"),
});

const valuesOf = (kind: Kind<unknown>) =>
  v.optional(v.pipe(v.array(valueSchema(kind) as v.GenericSchema<unknown, Value>), v.minLength(1), v.maxLength(MOST_VALUES)));

const valueSchema = ({ item, schema, asText, parse }: Kind<unknown>) =>
  asText
    ? v.pipe(
        v.string(),
        v.check((text) => v.safeParse(schema, parse(text)).success),
      )
    : (item ?? schema);

const { data, classes, seeds } = SETTINGS;

const specSchemaOf = (table: Table) =>
  v.strictObject({
    data: v.optional(data.kind.schema),
    classes: v.optional(classes.kind.schema),
    ...Object.fromEntries([...variedSettings(table)].map(([name, { kind }]) => [name, valuesOf(kind)])),
    seeds: v.optional(seeds.kind.schema, [DEFAULTS.seed]),
    folds: v.optional(whole(2, MOST_FOLDS)),
  });

/** Both ends are among them. */
function rangeValues({ from, to, count, scale }: v.InferOutput<typeof range>): number[] {
  return Array.from({ length: count }, (_, i) => {
    const share = i / (count - 1);
    // Six digits: 0.0001 and not 0.00010000000000000002.
    return Number((scale === "log" ? from * (to / from) ** share : from + (to - from) * share).toPrecision(6));
  });
}

/** Undefined where its aliases would grow. */
function plainOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch {
    return undefined;
  }
}

/** A value as a list of one, a range as the list of its values. The schema reports whatever is neither. */
function listed(value: unknown): unknown {
  if (value === undefined || Array.isArray(value)) return value;
  const found = v.safeParse(range, value);
  return found.success ? rangeValues(found.output) : [value];
}

export async function readSpec(path: string, table: Table = SETTINGS): Promise<SweepSpec> {
  const bytes = await readInput(path, MAX_BYTES, "name the YAML or JSON file of a sweep");
  const fault = (what: string) => new InputError(`${path}: ${what}; docs/clusters.md describes the file.`);
  const raw = plainSettings(decodeText(bytes).text, fault);
  const varied = variedSettings(table);
  const given = Object.entries(raw).map(([name, value]) => [name, varied.has(name) ? listed(value) : value]);
  const found = v.safeParse(specSchemaOf(table), Object.fromEntries(given), { abortPipeEarly: true });
  if (!found.success) throw fault(describe(found.issues[0], varied));
  const { data, classes, seeds, folds, ...values } = found.output as SpecOutput;
  if (folds !== undefined && values["val-split"]) throw fault('"folds" and "val-split" exclude each other');
  // Paths are relative to the file.
  const place = ({ notPaths }: Kind<unknown>, value: Value) =>
    notPaths && !notPaths.includes(String(value)) ? resolve(dirname(path), String(value)) : value;
  return {
    data: data === undefined ? undefined : String(place(SETTINGS.data.kind, data)),
    classes,
    // In the file's order.
    options: Object.keys(raw).flatMap((name): SweepSpec["options"] => {
      const row = varied.get(name);
      return row ? [[name, [...new Set(values[name].map((value) => place(row.kind, value)))]]] : [];
    }),
    seeds,
    folds,
  };
}

type SpecOutput = Pick<SweepSpec, "data" | "classes" | "seeds" | "folds"> & Record<Varied, Value[]>;

/** Plain values only: no tags, and no aliases that would grow. */
function plainSettings(text: string, fault: (what: string) => InputError): object {
  checkLexemes(text, fault);
  // The library's own check of equal keys takes time with the square of their number.
  const document = parseDocument(text, { schema: "core", customTags: [], logLevel: "silent", uniqueKeys: false });
  if (document.errors.length > 0) throw fault(document.errors[0].message.split("\n")[0].replace(/:$/, ""));
  const repeated = repeatedKey(document);
  if (repeated !== undefined) throw fault(`${JSON.stringify(repeated.slice(0, 100))} stands there more than once`);
  const raw = plainOf(document);
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw fault("it holds no settings");
  return raw;
}

/** Bounds the number of lexemes, and how many lists and maps are opened within one another or in one line. */
function checkLexemes(text: string, fault: (what: string) => InputError): void {
  let [count, open, inLine] = [0, 0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > MOST_LEXEMES) throw fault("it has too many values for a sweep");
    if (lexeme === "[" || lexeme === "{") open++;
    else if (lexeme === "]" || lexeme === "}") open--;
    else if (lexeme === "\n" || lexeme === "\r\n") inLine = 0;
    else if (open === 0 && (lexeme === "-" || lexeme === "?" || lexeme === ":")) inLine++;
    if (open > MOST_DEPTH || inLine > MOST_DEPTH) throw fault(`its lists are more than ${MOST_DEPTH} levels deep`);
  }
}

/** The first key that stands twice in a map. */
function repeatedKey(document: ReturnType<typeof parseDocument>): string | undefined {
  let repeated: string | undefined;
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = String(key);
        if (seen.has(name)) repeated ??= name;
        seen.add(name);
      }
      return repeated === undefined ? undefined : visit.BREAK;
    },
  });
  return repeated;
}

const FIXED = ["data", "classes", "seeds", "folds"];

function describe(issue: v.BaseIssue<unknown>, varied: ReturnType<typeof variedSettings>): string {
  const [first] = issue.path ?? [];
  if (first === undefined) return `the file is not valid (${issue.message})`;
  const name = String(first.key);
  const row = varied.get(name);
  if (issue.expected === "never") return `"${name}" is no setting of a sweep: use ${[...FIXED, ...varied.keys()].join(", ")}`;
  return row ? `"${name}" is not valid: ${row.kind.wanted}` : `"${name}" is not valid (${issue.message})`;
}
