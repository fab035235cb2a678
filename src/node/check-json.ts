// JSON from outside, in any runtime.
import * as v from "valibot";
import { MOST_VALUES, parseJson } from "../core/json.js";

/** The value of a JSON text (see parseJson), or the first fault in it. Keys that a v.object does not name are dropped. */
export function checkJson<S extends v.GenericSchema>(
  schema: S,
  json: string,
  mostValues = MOST_VALUES,
): { value: v.InferOutput<S> } | { fault: string } {
  let value: unknown;
  try {
    value = parseJson(json, mostValues);
  } catch (error) {
    return { fault: (error as Error).message };
  }
  const found = v.safeParse(schema, value, { abortEarly: true });
  if (found.success) return { value: found.output };
  const place = v.getDotPath(found.issues[0]);
  // A key may be as long as the file.
  return { fault: place === null ? "wrong type" : `${JSON.stringify(place.slice(0, 100))} is missing or wrong` };
}
