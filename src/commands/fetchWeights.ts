// `weights fetch`: torchvision's ImageNet weights, into the user's cache. Resumes a broken download; trusts nothing but the hash.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { defaultCacheDir } from "../data/cache.js";
import { InputError } from "../lib/errors.js";
import { createTerminal } from "./terminal.js";
import { PRETRAINED_MODEL } from "./weights.js";

/** torchvision puts the first eight digits of a file's SHA-256 into its name. */
const OFFICIAL = { name: "resnet18-f37072fd.pth", sha256: "f37072fd" };
const BASE_URL = "https://download.pytorch.org/models/";
const MAX_BYTES = 64 * 2 ** 20;
/** Without a byte for so long the server is given up. */
const SILENCE_MS = 30_000;

/** Where `weights fetch` puts the file, and `run` looks for it. */
export const cachedWeights = (): string => join(defaultCacheDir(), OFFICIAL.name);

export async function fetchWeights({ model, quiet }: { model: string; quiet: boolean }): Promise<void> {
  if (model !== PRETRAINED_MODEL) throw new InputError(`${JSON.stringify(model)} is not to be had: ${PRETRAINED_MODEL} is.`);
  const path = cachedWeights();
  const terminal = createTerminal(quiet);
  if (await sizeOf(path)) {
    terminal.say(`${path} is there already.`);
    return;
  }
  const url = new URL(OFFICIAL.name, process.env.PULMO_WEIGHTS_URL || BASE_URL);
  const part = `${path}.part`;
  await mkdir(join(path, ".."), { recursive: true });
  terminal.say(`Fetching ${url}`);
  const bar = terminal.bar();
  try {
    await download(url, part, (length, total) => bar.draw(() => `${mebibytes(length)} of ${total ? mebibytes(total) : "?"} MiB`));
  } finally {
    bar.stop();
  }
  const sha256 = await hashOf(part);
  if (!sha256.startsWith(OFFICIAL.sha256)) {
    await rm(part, { force: true });
    throw new InputError(`${url} is not the file it should be (SHA-256 ${sha256.slice(0, 8)} instead of ${OFFICIAL.sha256}): nothing was kept.`);
  }
  await rename(part, path);
  terminal.say(`Saved: ${path}`);
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const sizeOf = (path: string): Promise<number> => stat(path).then((s) => s.size, () => 0);

/** Appends to `part` what it lacks. */
async function download(url: URL, part: string, onProgress: (length: number, total: number) => void): Promise<void> {
  const have = await sizeOf(part);
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), SILENCE_MS);
  const failed = (why: string) => new InputError(`${url} could not be fetched (${why}): try again, the download goes on where it ended.`);
  try {
    const response = await fetch(url, { signal: stop.signal, headers: have > 0 ? { Range: `bytes=${have}-` } : {} });
    // Asked for what lies behind the end: the part is whole, or longer than it should be. The hash will tell.
    if (response.status === 416 && have > 0) return;
    if (!response.ok || !response.body) throw failed(`the server says ${response.status}`);
    const goesOn = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${have}-`);
    const file = await open(part, goesOn ? "a" : "w");
    try {
      let length = goesOn ? have : 0;
      const total = length + Number(response.headers.get("content-length") ?? 0);
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), SILENCE_MS);
        length += chunk.length;
        if (length > MAX_BYTES) throw failed(`it is longer than ${MAX_BYTES} bytes`);
        await file.write(chunk);
        onProgress(length, total);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    throw failed(stop.signal.aborted ? `no answer for ${SILENCE_MS / 1000} seconds` : (cause?.code ?? cause?.message ?? message));
  } finally {
    clearTimeout(timer);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
