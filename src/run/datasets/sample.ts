import { fileURLToPath } from "node:url";
import { terminalWords } from "../../report/text/terminal.js";
import type { Caller } from "../caller.js";

export const SAMPLE_FOLDER = fileURLToPath(new URL("../../../sample", import.meta.url));

/** The sample included in pulmo. sample/SAMPLE.txt names its authors. Reports that the sample is used. */
export function sampleFolder(caller: Caller): string {
  caller.warn(terminalWords(caller.language).usesSample);
  return SAMPLE_FOLDER;
}
