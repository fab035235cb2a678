import * as v from "valibot";

/** The value of a JSON text that keeps to `schema`, without what the schema does not name; or the first thing that is wrong. */
export function readJson<T>(schema: v.GenericSchema<unknown, T>, json: string): { value: T } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { fault: "it is not JSON" };
  }
  const found = v.safeParse(schema, value, { abortEarly: true });
  if (found.success) return { value: found.output };
  const [issue] = found.issues;
  return { fault: `${JSON.stringify((v.getDotPath(issue) ?? "").slice(0, 100))} is not what it should be` };
}
