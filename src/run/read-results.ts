// metrics.json of a finished run, which may come from anywhere.
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { readBounded } from "../node/files.js";
import type { RunResults } from "../results/metrics.js";
import { parseResults } from "../results/metrics-schema.js";

/** metrics.json of pulmo's own runs is below 1 MiB. */
const MAX_BYTES = 256 * 2 ** 20;

export async function readResults(dir: string): Promise<RunResults> {
  const path = join(dir, "metrics.json");
  const bytes = await readBounded(path, MAX_BYTES).catch((error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): name the folder of a finished run.`);
  });
  const parsed = parseResults(bytes.toString("utf8"));
  if ("results" in parsed) return parsed.results;
  throw new InputError(
    `${path} is not a metrics.json of this version of pulmo (${parsed.fault}): name the folder of a finished run.`,
  );
}
