// `weights fetch`: torchvision's ImageNet weights, into the user's cache.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defaultCacheDir } from "../data/cache.js";
import { InputError } from "../core/errors.js";
import { download } from "./download.js";
import { createTerminal } from "./terminal.js";
import { PRETRAINED_MODEL } from "./weights.js";

/** torchvision puts the first eight digits of a file's SHA-256 into its name. */
const OFFICIAL = { name: "resnet18-f37072fd.pth", sha256: "f37072fd" };
const BASE_URL = "https://download.pytorch.org/models/";
/** The file has 45 MiB. */
const MAX_BYTES = 64 * 2 ** 20;
const SILENCE_MS = 30_000;

/** Where `weights fetch` puts the file, and `run` looks for it. */
export const cachedWeights = (): string => join(defaultCacheDir(), OFFICIAL.name);

export async function fetchWeights({ model, quiet }: { model: string; quiet: boolean }): Promise<void> {
  if (model !== PRETRAINED_MODEL) throw new InputError(`${JSON.stringify(model)} is not to be had: ${PRETRAINED_MODEL} is.`);
  const path = cachedWeights();
  const terminal = createTerminal(quiet);
  if (existsSync(path)) {
    terminal.say(`${path} is there already.`);
    return;
  }
  const url = urlOf(process.env.PULMO_WEIGHTS_URL || BASE_URL);
  terminal.say(`Fetching ${url}`);
  const bar = terminal.bar();
  try {
    await download({
      url, path, sha256: OFFICIAL.sha256, maxBytes: MAX_BYTES, silenceMs: SILENCE_MS,
      onProgress: (length, total) => bar.draw(() => `${mebibytes(length)} of ${total === undefined ? "?" : mebibytes(total)} MiB`),
    });
  } finally {
    bar.stop();
  }
  terminal.say(`Saved: ${path}`);
}

function urlOf(base: string): URL {
  if (!/^https?:/.test(base) || !URL.canParse(base)) {
    throw new InputError(`PULMO_WEIGHTS_URL is ${JSON.stringify(base)}: give an http or https URL of the folder that holds ${OFFICIAL.name}.`);
  }
  return new URL(OFFICIAL.name, base.replace(/\/?$/, "/"));
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
