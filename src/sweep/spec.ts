// What is to be tried: a small YAML or JSON file of options, each with a value, a list of values or a range.
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { parseDocument } from "yaml";
import { InputError } from "../core/errors.js";
import { areClassNames } from "../data/class-names.js";
import { readInput } from "../node/files.js";
import { SYNTHETIC } from "../run/datasets/synthetic.js";
import { MODEL_NAMES, RECIPE_NAMES } from "../settings/recipes.js";
import { MOST_FOLDS } from "../settings/settings.js";

/** The options that may differ between trainings, as `run` names them; `models` are tried one by one. */
export const VARIED = ["models", "recipe", "lr", "epochs", "batch-size", "val-split", "limit", "weights"] as const;
export type Varied = (typeof VARIED)[number];
export type Value = string | number;

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

const MAX_BYTES = 2 ** 20;
const MOST_VALUES = 1000;

const number = v.pipe(v.number(), v.finite());
const positive = v.pipe(number, v.gtValue(0));
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const range = v.strictObject({
  from: positive,
  to: positive,
  count: whole(2, MOST_VALUES),
  scale: v.optional(v.picklist(["linear", "log"]), "linear"),
});
const list = <T extends v.GenericSchema<unknown, Value>>(value: T) =>
  v.optional(v.pipe(v.array(value), v.minLength(1), v.maxLength(MOST_VALUES)));

const schema = v.strictObject({
  data: v.optional(v.pipe(v.string(), v.minLength(1))),
  classes: v.optional(v.custom<[string, string]>((value) => Array.isArray(value) && areClassNames(value))),
  models: list(v.picklist(MODEL_NAMES)),
  recipe: list(v.picklist(RECIPE_NAMES)),
  lr: list(v.pipe(positive, v.maxValue(10))),
  epochs: list(whole(1, 10_000)),
  "batch-size": list(whole(1, 4096)),
  "val-split": list(v.pipe(positive, v.maxValue(0.5))),
  limit: list(whole(1, 10_000_000)),
  weights: list(v.pipe(v.string(), v.minLength(1))),
  seeds: v.optional(v.pipe(v.array(whole(0, 2 ** 32 - 1)), v.minLength(1), v.maxLength(100)), [0]),
  folds: v.optional(whole(2, MOST_FOLDS)),
});

/** Both ends among them. */
function valuesOf({ from, to, count, scale }: v.InferOutput<typeof range>): number[] {
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

/** A value as a list of one, a range as a list of its values: what it is not is left for the schema to name. */
function listed(value: unknown): unknown {
  if (value === undefined || Array.isArray(value)) return value;
  const found = v.safeParse(range, value);
  return found.success ? valuesOf(found.output) : [value];
}

export async function readSpec(path: string): Promise<SweepSpec> {
  const bytes = await readInput(path, MAX_BYTES, "name the YAML or JSON file of a sweep");
  // No tags, and no alias that would grow: plain values.
  const document = parseDocument(bytes.toString("utf8"), { schema: "core", customTags: [], logLevel: "silent" });
  const fault = (what: string) => new InputError(`${path}: ${what}: docs/clusters.md tells what such a file holds.`);
  if (document.errors.length > 0) throw fault(document.errors[0].message.split("\n")[0].replace(/:$/, ""));
  const raw = plainOf(document);
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw fault("it holds no options");
  const given = Object.entries(raw).map(([name, value]) => [name, VARIED.includes(name as Varied) ? listed(value) : value]);
  const found = v.safeParse(schema, Object.fromEntries(given), { abortPipeEarly: true });
  if (!found.success) {
    const [issue] = found.issues;
    const where = v.getDotPath(issue);
    throw fault(`${where === null ? "the file" : JSON.stringify(where)} is not what it can be (${issue.message})`);
  }
  const { data, classes, seeds, folds } = found.output;
  if (folds !== undefined && found.output["val-split"]) throw fault('"folds" and "val-split" exclude each other');
  const from = (file: string) => resolve(dirname(path), file);
  const place = (weights: Value) => (weights === "none" ? weights : from(String(weights)));
  // In the file's order.
  const options = Object.keys(found.output).flatMap((name): SweepSpec["options"] => {
    const values: Value[] | undefined = VARIED.includes(name as Varied) ? found.output[name as Varied] : undefined;
    return values ? [[name as Varied, [...new Set(name === "weights" ? values.map(place) : values)]]] : [];
  });
  return {
    data: data === undefined || data === SYNTHETIC ? data : from(data),
    classes,
    options,
    seeds: [...new Set(seeds)],
    folds,
  };
}
