// JSON files from outside: size, syntax and every value are checked before anything is used.
import type * as v from "valibot";
import { InputError } from "../core/errors.js";
import { checkJson } from "./check-json.js";
import { readBounded, readInput } from "./files.js";

export interface Expected<S extends v.GenericSchema> {
  schema: S;
  /** In bytes: a larger file is refused. */
  most: number;
  /** A file with more values is refused; absent: MOST_VALUES. */
  mostValues?: number;
  /** What the user can do if the file is missing or cannot be read. */
  unreadable: string;
  /** What the user can do if the content is wrong. */
  invalid: string;
}

/** Throws an InputError if the file cannot be read or if its content does not match the schema. */
export async function readChecked<S extends v.GenericSchema>(path: string, expected: Expected<S>): Promise<v.InferOutput<S>> {
  const bytes = await readInput(path, expected.most, expected.unreadable);
  const checked = checkJson(expected.schema, bytes.toString("utf8"), expected.mostValues);
  if ("value" in checked) return checked.value;
  throw new InputError(`${path} is not valid (${checked.fault}): ${expected.invalid}.`);
}

/** readChecked, or undefined if there is no such file. */
export async function readCheckedIfPresent<S extends v.GenericSchema>(
  path: string,
  expected: Expected<S>,
): Promise<v.InferOutput<S> | undefined> {
  return readChecked(path, expected).catch((error: Error) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Undefined if the file is missing, unreadable, too large or not valid. */
export async function readIfValid<S extends v.GenericSchema>(
  path: string,
  schema: S,
  most: number,
): Promise<v.InferOutput<S> | undefined> {
  const bytes = await readBounded(path, most).catch(() => undefined);
  const checked = bytes && checkJson(schema, bytes.toString("utf8"));
  return checked && "value" in checked ? checked.value : undefined;
}
