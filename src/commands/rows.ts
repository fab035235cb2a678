// Options as rows: rows of the settings table and rows of a single command. Converts rows to yargs' options, and yargs' result
// to an object with the rows' keys.
import type { Options } from "yargs";
import { InputError } from "../core/errors.js";
import { type Kind, readText } from "../settings/kinds.js";
import { RECIPES } from "../settings/recipes.js";
import { flagOf, NO_WEIGHTS, type Option, type Setting, type ValueOf } from "../settings/table.js";

/** An option of a command. Settings are options too, but resolveSettings fills in their defaults. */
export interface CommandOption<T = unknown> extends Option<T> {
  required?: true;
  /** What is expected, with an example: shown where the option or its value is missing. */
  wanted?: string;
  /** Used if the option is not given. */
  fallback?: T;
}

export type Rows = Record<string, CommandOption>;

export const option = <T>(kind: Kind<T>, help: string): CommandOption<T> => ({ kind, help });
export const needed = <T>(kind: Kind<T>, help: string, wanted: string) => ({ kind, help, wanted, required: true as const });
export const withDefault = <T>(kind: Kind<T>, help: string, fallback: NoInfer<T>) => ({ kind, help, fallback });

/** The options passed to a command's handler. */
export type Arguments<R extends Rows> = {
  [K in keyof R]: R[K] extends { required: true } | { fallback: unknown } ? ValueOf<R[K]> : ValueOf<R[K]> | undefined;
};

export const optionsOf = (rows: Rows): Record<string, Options> =>
  Object.fromEntries(Object.entries(rows).map(([key, row]) => [flagOf(key), optionOf(key, row)]));

function optionOf(key: string, row: CommandOption): Options {
  const { kind, required } = row;
  const shown = defaultText(key, row);
  const describe = describeOption(row);
  const words = { describe, ...(shown !== undefined && { defaultDescription: shown }), ...(required && { demandOption: true }) };
  if (kind.type === "boolean") return { ...words, type: "boolean", coerce: lastOf };
  // yargs passes text, so that "1e3" and "0x10" are numbers, "" is not, and an error message can quote the text.
  return {
    ...words,
    type: "string",
    requiresArg: true,
    ...(kind.type === "number" && { number: true }),
    ...(kind.choices && { choices: kind.choices }),
    coerce: (typed: unknown) => (typed === undefined ? undefined : readValue(key, row, lastOf(typed))),
  };
}

/** Of a repeated option, the last one counts, so that options can be appended to a command. */
const lastOf = (typed: unknown): unknown => [typed].flat().at(-1);

function readValue(key: string, row: CommandOption, typed: unknown): unknown {
  const flag = flagOf(key);
  // yargs' reading of --no-<flag>.
  if (typed !== false) return readText(flag, row.kind, String(typed).trim());
  if (row.kind.notPaths?.includes(NO_WEIGHTS)) return NO_WEIGHTS;
  const usual = row.negatable ? undefined : defaultText(key, row);
  if (row.required) throw new InputError(`--no-${flag}: --${flag} is needed: ${row.wanted}.`);
  if (usual === undefined) return undefined;
  throw new InputError(`--no-${flag}: --${flag} cannot be switched off; leave it out for the default: ${usual}.`);
}

/** The end of a help text, where the default is not a fixed value. */
const STATED_DEFAULT = / \(default: (.*)\)$/;

/** Without the default, which help shows behind the type. */
export const describeOption = ({ help }: Option): string => help.replace(STATED_DEFAULT, "");

/** The default shown in help. */
export function defaultText(key: string, row: CommandOption | Setting): string | undefined {
  const { kind, defaultText: text } = row;
  if (text !== undefined) return text;
  if ("recipe" in row && row.recipe) return recipeText(key, kind, row.recipe.unset);
  const value = "fallback" in row ? row.fallback : "default" in row ? row.default : undefined;
  return value === undefined || value === false ? STATED_DEFAULT.exec(row.help)?.[1] : kind.print(value);
}

/** "10, strong: 8" */
function recipeText(key: string, kind: Kind<unknown>, unset: string | undefined): string | undefined {
  const of = (name: keyof typeof RECIPES) => {
    const value = (RECIPES[name] as Record<string, unknown>)[key];
    return value === undefined ? unset : kind.print(value);
  };
  const others = (["strong", "scratch", "sample"] as const).filter((name) => of(name) !== of("paper"));
  return [of("paper"), ...others.map((name) => `${name}: ${of(name)}`)].join(", ");
}

/** The values by row key. A setting that was not given is undefined, because --resume refuses given settings. */
export const argumentsOf = <R extends Rows>(argv: Record<string, unknown>, rows: R): Arguments<R> =>
  Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, argv[flagOf(key)] ?? row.fallback])) as Arguments<R>;
