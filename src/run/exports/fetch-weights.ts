// Downloads torchvision's ImageNet weights into the user's cache.
import { existsSync } from "node:fs";
import { makeCacheDir } from "../../data/cache-folder.js";
import { whileLocked } from "../../node/lock.js";
import type { Caller } from "../caller.js";
import { downloadWithBar, urlBelow } from "../datasets/download-bar.js";
import { cachedWeights, OFFICIAL_WEIGHTS } from "../training/weights.js";

const { name, sha256 } = OFFICIAL_WEIGHTS;
const BASE_URL = "https://download.pytorch.org/models/";
/** The file has 45 MiB. */
const MAX_BYTES = 64 * 2 ** 20;

export async function fetchOfficialWeights(caller: Caller): Promise<void> {
  const path = cachedWeights();
  if (existsSync(path)) {
    caller.info(`${path} already exists.`);
    return;
  }
  const url = urlBelow("PULMO_WEIGHTS_URL", name) ?? new URL(name, BASE_URL);
  await makeCacheDir();
  await whileLocked(path, async () => {
    // Another process may have finished in the meantime.
    if (existsSync(path)) return;
    caller.info(`Downloading ${url}`);
    await downloadWithBar({ url, path, hash: { algorithm: "sha256", hex: sha256 }, maxBytes: MAX_BYTES }, name, caller);
  });
  caller.info(`Saved: ${path}`);
}
