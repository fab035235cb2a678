import { existsSync } from "node:fs";
import { join } from "node:path";
import { defaultCacheDir, makeCacheDir } from "../../data/cache-folder.js";
import { makeSyntheticDataset, SYNTHETIC_PER_CLASS } from "../../data/synthetic.js";
import { makeFolderAtomic } from "../../node/files.js";
import type { Caller } from "../caller.js";

/** Changes whenever the generator does, so that an old set is not taken for a new one. */
const SYNTHETIC_VERSION = "synthetic-1";

/** The folder of the synthetic set, which is drawn on first use. Says on the screen what it is. */
export async function syntheticFolder(caller: Caller): Promise<string> {
  caller.warn(
    "--data synthetic: a small SYNTHETIC set of X-ray-like pictures, drawn by this\nprogram. Results on it say nothing about real X-rays.",
  );
  const folder = join(defaultCacheDir(), SYNTHETIC_VERSION);
  if (existsSync(folder)) return folder;
  await makeCacheDir();
  const draw = (temporary: string) => makeSyntheticDataset(temporary, { perClass: SYNTHETIC_PER_CLASS, seed: 0 });
  await makeFolderAtomic(folder, draw).catch((error) => {
    // Another process may have been faster: its set has the same pixels.
    if (!existsSync(folder)) throw error;
  });
  return folder;
}
