// The kinds of option values: how each is parsed, checked, printed, and described in help and messages.
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { hiddenWidths, MAX_HIDDEN, MAX_WIDTH } from "../core/models/dnn.js";
import { areClassNames, CLASS_NAMES_WANTED } from "../data/class-names.js";

export interface Kind<T> {
  /** The type shown in help. */
  type: "number" | "string" | "boolean";
  /** The type of a value in the API, if it differs. */
  apiType?: string;
  /** Converts the trimmed text to a value, which the schema then accepts or refuses. */
  parse(text: string): unknown;
  schema: v.GenericSchema<unknown, T>;
  /** The value as text that `parse` reads. */
  print(value: T): string;
  /** The end of an error message: which values are valid. */
  wanted: string;
  /** All valid values, if they can be listed. */
  choices?: readonly string[];
  /** The middle of an error message; default: "is <value>". */
  fault?(value: unknown): string;
  /** For a list: the schema of one item. */
  item?: v.GenericSchema<unknown, string | number>;
  /** In a sweep's file a value is text, as on the command line, because a list there is a list of values. */
  asText?: true;
  /** For a path: words with a special meaning, such as "synthetic". */
  notPaths?: readonly string[];
}

const show = (value: unknown): string => (typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value)));
const shown = (value: unknown): string => (value === "" ? "is empty" : `is ${show(value)}`);

/** Returns the output of the kind's schema. Throws an InputError that quotes `typed`: the value, or the text that was typed. */
export function check<T>(flag: string, { schema, wanted, fault = shown }: Kind<T>, value: unknown, typed = value): T {
  const found = v.safeParse(schema, value, { abortPipeEarly: true });
  if (found.success) return found.output;
  throw new InputError(`--${flag} ${typed === "" ? shown(typed) : fault(typed)}: ${wanted}.`);
}

export const readText = <T>(flag: string, kind: Kind<T>, text: string): T => check(flag, kind, kind.parse(text), text);

const numberOf = (text: string): number => (text === "" ? NaN : Number(text));
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

export const wholeNumber = (min: number, max: number): Kind<number> => ({
  type: "number",
  parse: numberOf,
  schema: whole(min, max),
  print: String,
  wanted: `give a whole number from ${min} to ${max}`,
});

/** Above 0. */
export const numberUpTo = (max: number): Kind<number> => ({
  type: "number",
  parse: numberOf,
  schema: v.pipe(v.number(), v.gtValue(0), v.maxValue(max)),
  print: String,
  wanted: `give a number above 0, at most ${max}`,
});

/** 0 < x < 1 */
export const share: Kind<number> = {
  type: "number",
  parse: numberOf,
  schema: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)),
  print: String,
  wanted: "give a number between 0 and 1",
};

export const text: Kind<string> = {
  type: "string",
  parse: (typed) => typed,
  schema: v.string(),
  print: (value) => value,
  wanted: "give a text",
};

/** A file or folder. */
export const path = (...notPaths: string[]): Kind<string> => ({
  ...text,
  schema: v.pipe(v.string(), v.minLength(1)),
  wanted: "give a path",
  notPaths,
});

export const flag: Kind<boolean> = {
  type: "boolean",
  parse: (typed) => typed === "true",
  schema: v.boolean(),
  print: String,
  wanted: "give true or false",
};

export const oneOf = <const T extends string>(choices: readonly T[]): Kind<T> => ({
  type: "string",
  parse: (typed) => typed,
  schema: v.picklist(choices),
  print: (value) => value,
  wanted: `use ${choices.join(" or ")}`,
  choices,
});

const parts = (typed: string): string[] => typed.split(",").map((part) => part.trim());
const unique = <T>(values: T[]): T[] => [...new Set(values)];

/** Names separated by commas; one that is repeated counts once. */
export function namesOf<const T extends string>(choices: readonly T[]): Kind<T[]> {
  const item = v.picklist(choices);
  return {
    type: "string",
    parse: parts,
    schema: v.pipe(v.array(item), v.minLength(1), v.transform(unique)),
    print: (names) => names.join(","),
    apiType: "string[]",
    wanted: `use ${choices.join(", ")}`,
    fault(value) {
      const names = typeof value === "string" ? parts(value) : Array.isArray(value) ? value : [];
      const unknown = names.find((name) => !choices.includes(name as T));
      return unknown === undefined ? shown(value) : `names ${show(unknown)}`;
    },
    item,
  };
}

/** Whole numbers from 0, separated by commas; one that is repeated counts once. */
export const wholeNumbers = (max: number, most: number): Kind<number[]> => ({
  type: "string",
  parse: (typed) => parts(typed).map(numberOf),
  schema: v.pipe(v.array(whole(0, max)), v.minLength(1), v.maxLength(most), v.transform(unique)),
  print: (values) => values.join(","),
  apiType: "number[]",
  wanted: `give at most ${most} whole numbers from 0 to ${max}, separated by commas`,
});

export const hiddenLayers: Kind<number[]> = {
  type: "string",
  parse: hiddenWidths,
  schema: v.pipe(
    v.unknown(),
    v.check((value) => hiddenWidths(value) !== undefined),
    v.transform((value) => hiddenWidths(value)!),
  ),
  print: (widths) => widths.join(","),
  apiType: "number[]",
  wanted: `give the width of each hidden layer, as 512,256,128: at most ${MAX_HIDDEN} layers of at most ${MAX_WIDTH}`,
  asText: true,
};

/** One of several equal parts. */
export interface Part {
  /** From 0. */
  index: number;
  of: number;
}

/** "2/5" is the second of five parts. */
export const part = (least: number, most: number, wanted: string): Kind<Part> => ({
  type: "string",
  parse(typed) {
    const [, index, of] = /^(\d+)\/(\d+)$/.exec(typed)?.map(Number) ?? [];
    return { index: index - 1, of };
  },
  schema: v.pipe(
    v.object({ index: whole(0, most - 1), of: whole(least, most) }),
    v.check(({ index, of }) => index < of),
  ),
  print: ({ index, of }) => `${index + 1}/${of}`,
  apiType: "{ index, of }, index from 0",
  wanted,
});

export const classNames: Kind<[negative: string, positive: string]> = {
  type: "string",
  parse: (typed) => parts(typed).map((name) => name.normalize()),
  schema: v.pipe(
    v.strictTuple([v.string(), v.string()]),
    v.check((names) => areClassNames(names)),
  ),
  print: (names) => names.join(","),
  apiType: "[string, string]",
  wanted: `give ${CLASS_NAMES_WANTED}`,
};
