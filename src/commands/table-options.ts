// yargs' options from rows of the table of settings, and back from what yargs found to the rows' keys.
import type { Options } from "yargs";
import { readText } from "../settings/kinds.js";
import { RECIPES } from "../settings/recipes.js";
import { flagOf, type Given, type Option, type Setting } from "../settings/table.js";

type Rows = Record<string, Option>;

/** Nothing has a value where it is not given: --resume has to know what was given. */
export const optionsOf = (rows: Rows): Record<string, Options> =>
  Object.fromEntries(Object.entries(rows).map(([key, row]) => [flagOf(key), optionOf(key, row)]));

function optionOf(key: string, row: Option): Options {
  const { kind, help: describe } = row;
  const shown = defaultText(key, row);
  const words = { describe, ...(shown !== undefined && { defaultDescription: shown }) };
  if (kind.type === "boolean") return { ...words, type: "boolean" };
  // yargs hands text over: "1e3" and "0x10" are numbers, "" is not, and a message repeats what was typed.
  return {
    ...words,
    type: "string",
    requiresArg: true,
    ...(kind.type === "number" && { number: true }),
    ...(kind.choices && { choices: kind.choices }),
    coerce: (typed: unknown) => (typed === undefined ? undefined : readText(flagOf(key), kind, String(typed).trim())),
  };
}

/** "10, strong: 8" */
function defaultText(key: string, row: Setting | Option): string | undefined {
  const { kind, defaultText: text } = row;
  if (text !== undefined) return text;
  if ("recipe" in row && row.recipe) {
    const { unset } = row.recipe;
    const of = (name: keyof typeof RECIPES) => {
      const value = (RECIPES[name] as Record<string, unknown>)[key];
      return value === undefined ? unset : kind.print(value);
    };
    const others = (["strong", "sample"] as const).filter((name) => of(name) !== of("paper"));
    return [of("paper"), ...others.map((name) => `${name}: ${of(name)}`)].join(", ");
  }
  return "default" in row && row.default !== undefined && row.default !== false ? kind.print(row.default) : undefined;
}

/** By the rows' keys. */
export const givenOf = <R extends Rows>(argv: Record<string, unknown>, rows: R): Given<R> =>
  Object.fromEntries(Object.keys(rows).map((key) => [key, argv[flagOf(key)]])) as Given<R>;
