// Downloads a file: continues a partial download, and trusts only the hash.
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
  /** Where the file goes. Until it is complete and verified, its bytes are in `<path>.part`. */
  path: string;
  hash: FileHash;
  maxBytes: number;
  /** Attempts after the first one, as long as each attempt brings some bytes. */
  retries: number;
  /** The attempt fails when no byte has come for so many milliseconds. */
  silenceMs: number;
  /** Stops the download, which then rejects with the signal's reason; a later call continues it. */
  signal?: AbortSignal | undefined;
  onProgress(length: number, total: number | undefined): void;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );

/**
 * One process at a time may download a file. Throws an InputError where the server fails, or where it sent another file, which is
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
    throw new InputError(`${url} is not the file it should be (${digits}): nothing was kept.`);
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

/** The connection failed: the bytes so far are kept, and another attempt may bring the rest. */
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
        `The disk has no room for ${part} (${code}): free some space and try again, the download continues where it stopped.`,
      );
    }
    const why = silence.signal.aborted
      ? `no answer for ${limits.silenceMs / 1000} seconds`
      : (cause?.code ?? cause?.message ?? code ?? message);
    throw new CutOff(`${url} could not be fetched (${why}): try again, the download continues where it stopped.`);
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
  // The range begins at or after the end: the part is complete, or too long. The hash decides.
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
        throw new InputError(`Another process is writing ${part}: wait until it has finished, or stop it.`);
      }
      await file.writeFile(chunk);
      onProgress(length, total);
    }
  } finally {
    await file.close();
  }
}
