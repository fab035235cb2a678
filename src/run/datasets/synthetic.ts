import { existsSync } from "node:fs";
import { join } from "node:path";
import { defaultCacheDir, makeCacheDir, modeOfFolderIn } from "../../data/cache-folder.js";
import { makeSyntheticDataset, SYNTHETIC_PER_CLASS } from "../../data/synthetic.js";
import { makeFolderAtomic } from "../../node/files.js";
import { terminalWords } from "../../report/text/terminal.js";
import type { Caller } from "../caller.js";

/** Change this whenever the generator changes, so that an old set is not reused. */
const SYNTHETIC_VERSION = "synthetic-1";

/** The folder of the synthetic set, created on first use. Reports that the set is synthetic. */
export async function syntheticFolder(caller: Caller): Promise<string> {
  caller.warn(terminalWords(caller.language).usesSynthetic);
  const folder = join(defaultCacheDir(), SYNTHETIC_VERSION);
  if (existsSync(folder)) return folder;
  const mode = await modeOfFolderIn(await makeCacheDir());
  const draw = (temporary: string) => makeSyntheticDataset(temporary, { perClass: SYNTHETIC_PER_CLASS, seed: 0 });
  await makeFolderAtomic(folder, mode, draw).catch((error) => {
    // Another process may have created it first. Its set has the same pixels.
    if (!existsSync(folder)) throw error;
  });
  return folder;
}
