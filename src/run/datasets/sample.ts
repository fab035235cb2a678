import { fileURLToPath } from "node:url";
import type { Caller } from "../caller.js";

export const SAMPLE_FOLDER = fileURLToPath(new URL("../../../sample", import.meta.url));

/** The sample that comes with the program; sample/SAMPLE.txt says whose images they are. Says on the screen what it is. */
export function sampleFolder(caller: Caller): string {
  caller.warn(
    "No --data given: using the SAMPLE of 300 real chest X-rays that comes with pulmo\n(Kermany and others, doi:10.17632/rscbjbr9sj, CC BY 4.0). It is too small to tell\nhow good a model is: give --data for that.",
  );
  return SAMPLE_FOLDER;
}
