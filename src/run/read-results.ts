// Reads metrics.json of a finished run.
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { readChecked } from "../node/read-checked.js";
import { EVALUATION_JSON } from "../results/evaluation-json.js";
import { type RunResults, runResultsSchema } from "../results/metrics.js";
import { beginsAs } from "./outputs.js";

export async function readResults(dir: string): Promise<RunResults> {
  const path = join(dir, "metrics.json");
  if (await beginsAs(path, EVALUATION_JSON))
    throw new InputError(
      `${path} is of an evaluation, not of a run: run evaluate again with --out ${dir} and --lang to change its report.`,
    );
  return readChecked(path, {
    schema: runResultsSchema,
    // The files written by pulmo are smaller than 1 MiB.
    most: 64 * 2 ** 20,
    unreadable: "name the folder of a finished run",
    invalid: "name the folder of a run that this version of pulmo can read",
  });
}
