import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { defaultCacheDir } from "../data/cache-folder.js";
import { makeSyntheticDataset, SYNTHETIC_PER_CLASS } from "../data/synthetic.js";
import { makeFolder } from "../node/files.js";
import type { Terminal } from "./terminal.js";

/** As --data it names the set. */
export const SYNTHETIC = "synthetic";

/** Changes whenever the generator does, so that an old set is not taken for a new one. */
const SYNTHETIC_VERSION = "synthetic-1";

/** The folder of the synthetic set, which is drawn on first use. Says on the screen what it is. */
export async function syntheticFolder(terminal: Terminal): Promise<string> {
  terminal.warn(
    "--data synthetic: a small SYNTHETIC set of X-ray-like pictures, drawn by this\nprogram. Results on it say nothing about real X-rays.",
  );
  const cache = defaultCacheDir();
  const folder = join(cache, SYNTHETIC_VERSION);
  if (existsSync(folder)) return folder;
  await makeFolder(cache).catch((error) => {
    throw new InputError(`The cache folder ${cache} cannot be written (${error.code}): set PULMO_CACHE to a folder that can.`);
  });
  const temporary = `${folder}.${process.pid}.tmp`;
  try {
    await makeSyntheticDataset(temporary, { perClass: SYNTHETIC_PER_CLASS, seed: 0 });
    // Another process may have been faster: its set has the same pixels.
    await rename(temporary, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}
