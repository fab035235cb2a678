// Downloads a file. Resumes a partial download and verifies the hash.
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFile, lacksSpace } from "./files.js";

export interface FileHash {
  algorithm: "sha256" | "md5";
  /** All hexadecimal digits, or the first ones if only those are known. */
  hex: string;
}

const HASH_NAMES = { sha256: "SHA-256", md5: "MD5" };

export interface Download {
  url: URL;
  /** Target path. Unfinished downloads are in `<path>.part`. */
  path: string;
  hash: FileHash;
  maxBytes: number;
  /** Attempts after the first one. An attempt that received no bytes is the last. */
  retries: number;
  /** An attempt fails if no byte arrives for this many milliseconds. */
  silenceMs: number;
  /** Stops the download, which rejects with the signal's reason. A later call resumes it. */
  signal?: AbortSignal | undefined;
  onProgress(length: number, total: number | undefined): void;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );

/**
 * Only one process may download a file at a time. Throws an InputError if the server fails, or if it sent another file, which is
 * then deleted.
 */
export async function download({ path, url, hash, ...options }: Download): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  await complete(part, url, options);
  const found = await hashOfFile(part, hash.algorithm);
  if (!found.startsWith(hash.hex)) {
    await rm(part, { force: true });
    const digits = `${HASH_NAMES[hash.algorithm]} ${found.slice(0, 8)} instead of ${hash.hex.slice(0, 8)}`;
    throw new InputError(`${url} is not the expected file (${digits}), so the download was deleted: try again.`);
  }
  await rename(part, path);
}

type Limits = Pick<Download, "maxBytes" | "retries" | "silenceMs" | "signal" | "onProgress">;

/** Appends the missing bytes to `part`. */
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

/** The connection failed. The received bytes are kept, and another attempt may get the rest. */
class CutOff extends InputError {}

async function attempt(part: string, url: URL, limits: Limits): Promise<void> {
  limits.signal?.throwIfAborted();
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(), limits.silenceMs);
  const stop = AbortSignal.any([silence.signal, ...(limits.signal ? [limits.signal] : [])]);
  try {
    await receive(part, url, limits, stop, () => watch.refresh());
  } catch (error) {
    if (error instanceof InputError) throw error;
    limits.signal?.throwIfAborted();
    const { message, cause, code } = error as Error & { code?: string; cause?: { code?: string; message?: string } };
    if (lacksSpace(error as Error)) {
      throw new InputError(
        `The disk has no space for ${part} (${code}): free some space and try again; the download resumes where it stopped.`,
      );
    }
    const why = silence.signal.aborted
      ? `no answer for ${limits.silenceMs / 1000} seconds`
      : (cause?.code ?? cause?.message ?? code ?? message);
    throw new CutOff(`${url} could not be downloaded (${why}): try again; the download resumes where it stopped.`);
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
  // A range of a compressed response would not be a range of the file.
  const headers = { "accept-encoding": "identity", ...(have > 0 && { range: `bytes=${have}-` }) };
  const response = await fetch(url, { signal, headers });
  // The range starts at or after the end: the part is complete or too long. The hash decides.
  if (response.status === 416 && have > 0) return;
  if (!response.ok || !response.body) throw new Error(`the server responded with ${response.status}`);
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
        throw new InputError(
          `${url} has more than ${maxBytes} bytes and is not the expected file, so the download was deleted: try again.`,
        );
      }
      if ((await file.stat()).size !== length - chunk.length) {
        throw new InputError(`Another process is writing ${part}: wait until it finishes, or stop it.`);
      }
      await file.writeFile(chunk);
      onProgress(length, total);
    }
  } finally {
    await file.close();
  }
}
