// Reads metrics.json of a finished run.
import { join } from "node:path";
import { readChecked } from "../node/read-checked.js";
import { type RunResults, runResultsSchema } from "../results/metrics.js";

export const readResults = (dir: string): Promise<RunResults> =>
  readChecked(join(dir, "metrics.json"), {
    schema: runResultsSchema,
    // The files written by pulmo are smaller than 1 MiB.
    most: 64 * 2 ** 20,
    unreadable: "name the folder of a finished run",
    invalid: "name the folder of a run that this version of pulmo can read",
  });
