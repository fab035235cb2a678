// A file from the web: goes on where an earlier try ended, trusts nothing but the hash.
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFile, lacksSpace } from "./files.js";

export interface FileHash {
  algorithm: "sha256" | "md5";
  /** All of its digits, or the first ones where no more are known. */
  hex: string;
}

const HASH_NAMES = { sha256: "SHA-256", md5: "MD5" };

export interface Download {
  url: URL;
  /** Where the file goes; until it is whole and right it lies beside it as `<path>.part`. */
  path: string;
  hash: FileHash;
  maxBytes: number;
  /** So many times it goes on by itself after a cut, as long as each try brings something. */
  retries: number;
  /** Without a byte for so long the server is given up. */
  silenceMs: number;
  onProgress(length: number, total: number | undefined): void;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );

/**
 * To be called by one process at a time. Throws an InputError where the server fails, or where what it sent is another file; the latter
 * is deleted.
 */
export async function download({ path, url, hash, ...options }: Download): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  await complete(part, url, options);
  const found = await hashOfFile(part, hash.algorithm);
  if (!found.startsWith(hash.hex)) {
    await rm(part, { force: true });
    const digits = `${HASH_NAMES[hash.algorithm]} ${found.slice(0, 8)} instead of ${hash.hex.slice(0, 8)}`;
    throw new InputError(`${url} is not the file it should be (${digits}): nothing was kept.`);
  }
  await rename(part, path);
}

type Limits = Pick<Download, "maxBytes" | "retries" | "silenceMs" | "onProgress">;

/** Appends to `part` what it lacks. */
async function complete(part: string, url: URL, limits: Limits): Promise<void> {
  for (let left = limits.retries; ; left--) {
    const before = await sizeOf(part);
    try {
      return await attempt(part, url, limits);
    } catch (error) {
      if (left <= 0 || !(error instanceof CutOff) || (await sizeOf(part)) <= before) throw error;
    }
  }
}

/** The connection failed: what came is right, and there may be more. */
class CutOff extends InputError {}

async function attempt(part: string, url: URL, limits: Limits): Promise<void> {
  const stop = new AbortController();
  const watch = setTimeout(() => stop.abort(), limits.silenceMs);
  try {
    await receive(part, url, limits, stop.signal, () => watch.refresh());
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message, cause, code } = error as Error & { code?: string; cause?: { code?: string; message?: string } };
    if (lacksSpace(error as Error)) {
      throw new InputError(
        `The disk has no room for ${part} (${code}): free some space and try again, the download goes on where it ended.`,
      );
    }
    const why = stop.signal.aborted
      ? `no answer for ${limits.silenceMs / 1000} seconds`
      : (cause?.code ?? cause?.message ?? code ?? message);
    throw new CutOff(`${url} could not be fetched (${why}): try again, the download goes on where it ended.`);
  } finally {
    clearTimeout(watch);
  }
}

async function receive(
  part: string,
  url: URL,
  { maxBytes, onProgress }: Limits,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const have = await sizeOf(part);
  // A range of a compressed answer would be no range of the file.
  const headers = { "accept-encoding": "identity", ...(have > 0 && { range: `bytes=${have}-` }) };
  const response = await fetch(url, { signal, headers });
  // Asked for what lies behind the end: the part is whole, or longer than it should be. The hash will tell.
  if (response.status === 416 && have > 0) return;
  if (!response.ok || !response.body) throw new Error(`the server says ${response.status}`);
  const goesOn = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${have}-`);
  const file = await open(part, goesOn ? "a" : "w");
  try {
    let length = goesOn ? have : 0;
    const announced = response.headers.get("content-length");
    const total = announced === null ? undefined : length + Number(announced);
    for await (const chunk of response.body) {
      alive();
      length += chunk.length;
      if (length > maxBytes) {
        await rm(part, { force: true });
        throw new InputError(`${url} is longer than ${maxBytes} bytes, so it is not the file it should be: nothing was kept.`);
      }
      if ((await file.stat()).size !== length - chunk.length) {
        throw new InputError(`Another process writes ${part}: wait until it is done, or stop it.`);
      }
      await file.writeFile(chunk);
      onProgress(length, total);
    }
  } finally {
    await file.close();
  }
}
