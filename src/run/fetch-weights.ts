// torchvision's ImageNet weights, into the user's cache.
import { existsSync } from "node:fs";
import { InputError } from "../core/errors.js";
import { download } from "../node/download.js";
import type { Terminal } from "./terminal.js";
import { cachedWeights, OFFICIAL_WEIGHTS } from "./weights.js";

const { name, sha256 } = OFFICIAL_WEIGHTS;
const BASE_URL = "https://download.pytorch.org/models/";
/** The file has 45 MiB. */
const MAX_BYTES = 64 * 2 ** 20;
const SILENCE_MS = 30_000;

export async function fetchOfficialWeights(terminal: Terminal): Promise<void> {
  const path = cachedWeights();
  if (existsSync(path)) {
    terminal.say(`${path} is there already.`);
    return;
  }
  const url = urlOf(process.env.PULMO_WEIGHTS_URL || BASE_URL);
  terminal.say(`Fetching ${url}`);
  const bar = terminal.bar();
  try {
    await download({
      url,
      path,
      sha256,
      maxBytes: MAX_BYTES,
      silenceMs: SILENCE_MS,
      onProgress(done, total) {
        const right = `${mebibytes(done)} of ${total === undefined ? "?" : mebibytes(total)} MiB`;
        bar.draw({ left: name, done, total: total ?? Infinity, right });
      },
    });
  } finally {
    bar.stop();
  }
  terminal.say(`Saved: ${path}`);
}

function urlOf(base: string): URL {
  if (!/^https?:/.test(base) || !URL.canParse(base)) {
    throw new InputError(
      `PULMO_WEIGHTS_URL is ${JSON.stringify(base)}: give an http or https URL of the folder that holds ${name}.`,
    );
  }
  return new URL(name, base.replace(/\/?$/, "/"));
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
