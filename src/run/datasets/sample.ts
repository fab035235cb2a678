import { fileURLToPath } from "node:url";
import type { Caller } from "../caller.js";

export const SAMPLE_FOLDER = fileURLToPath(new URL("../../../sample", import.meta.url));

/** The sample included in pulmo. sample/SAMPLE.txt names its authors. Reports that the sample is used. */
export function sampleFolder(caller: Caller): string {
  caller.warn(
    "No --data given: using the SAMPLE of 300 real chest X-rays included in pulmo\n(Kermany et al., doi:10.17632/rscbjbr9sj, CC BY 4.0). It is too small to judge\na model: use --data for that.",
  );
  return SAMPLE_FOLDER;
}
