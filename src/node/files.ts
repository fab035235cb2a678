import { createHash } from "node:crypto";
import { closeSync, constants, createReadStream, fstatSync, openSync, readFileSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { removeAbandoned, temporaryName } from "./writers.js";

/** Files and folders that are being written; removed also when the process exits in the middle. */
const unfinished = new Set<string>();
let watching = false;
const WHOLE = { recursive: true, force: true };

/** Until the function returned is called. */
export function removeAtExit(path: string): () => void {
  unfinished.add(path);
  if (!watching) process.once("exit", () => unfinished.forEach((left) => rmSync(left, { ...WHOLE, maxRetries: 3 })));
  watching = true;
  return () => unfinished.delete(path);
}

/**
 * Makes `path` and the folders above it. Node's own recursive mkdir never returns where a parent can neither be found nor
 * made (/proc/x/y on Node 20).
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const is = (at: string) =>
      stat(at).then(
        (found) => (found.isDirectory() ? "folder" : "file"),
        () => "nothing",
      );
    if (code === "EEXIST" && (await is(path)) === "folder") return;
    if (code !== "ENOENT" || (await is(dirname(path))) !== "nothing") throw error;
    await makeFolder(dirname(path));
    await makeFolder(path);
  }
}

/** A file that appears whole or not at all, written part by part. */
export interface AtomicFile {
  write(part: string | Uint8Array): Promise<void>;
  /** In place of the first bytes that were written. */
  rewrite(start: Uint8Array): Promise<void>;
  /** Flushes it and gives it its name. */
  finish(): Promise<void>;
  /** Removes what was written; after `finish`, nothing. */
  discard(): Promise<void>;
}

/** Under a temporary name beside `path` until it is finished. */
export async function createFileAtomic(path: string): Promise<AtomicFile> {
  await makeFolder(dirname(path));
  await removeAbandoned(path);
  const temporary = temporaryName(path);
  const forget = removeAtExit(temporary);
  const file = await open(temporary, "w");
  return {
    write: (part) => file.writeFile(part),
    rewrite: (start) => writeFully(file, start, 0),
    async finish() {
      await file.sync();
      await file.close();
      await rename(temporary, path);
      forget();
    },
    async discard() {
      await file.close();
      await rm(temporary, { force: true });
      forget();
    },
  };
}

/**
 * Writes to a temporary name beside `path`, then renames: a reader sees the old file or the whole new one.
 * Not write-file-atomic: it wants one buffer, where a DNN's checkpoint is 880 MB in parts, and does not see a short write.
 */
export async function writeFileAtomic(path: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  const file = await createFileAtomic(path);
  try {
    for (const part of parts) await file.write(part);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Whether the system refused to write for lack of space. */
export const lacksSpace = ({ code }: NodeJS.ErrnoException): boolean => code === "ENOSPC" || code === "EDQUOT";

/** Has `fill` fill a folder under a temporary name, then renames it: whoever finds `path` finds all of it. */
export async function makeFolderAtomic(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  removeAtExit(temporary);
  try {
    await rm(temporary, WHOLE);
    await makeFolder(temporary);
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, WHOLE);
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

/** Of a file's bytes, in hexadecimal, read piece by piece. The system's errors as they are. */
export async function hashOfFile(path: string, algorithm: "sha256" | "md5" = "sha256"): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}

/**
 * The whole of a file. What is larger than `most` bytes, or may have no end, is refused before it is read. Synchronous inside: the
 * four ways to another thread and back cost a sixth of the time in which a small X-ray is decoded.
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  // Not to wait for whoever would write into a pipe.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(file);
    // A folder is left to the system, which refuses it with a code.
    if (!stats.isFile() && !stats.isDirectory()) throw new Error("it is no regular file");
    if (stats.size > most) throw new Error(`the file is larger than ${most / 2 ** 20} MiB`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** readBounded with the system's error as an InputError: `advice` says what the user can do. */
export const readInput = (path: string, most: number, advice: string): Promise<Buffer> =>
  readBounded(path, most).catch(refuseUnreadable(path, advice));

/** Rethrows an error of the file system as an InputError. */
export function refuseUnreadable(path: string, advice: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): ${advice}.`, { cause: error });
  };
}

/** To read a file from outside: a pipe or a device, which may have no end or nobody who writes, is refused at once. */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = await file.stat();
  // As readBounded.
  if (stats.isFile() || stats.isDirectory()) return file;
  await file.close();
  throw new Error("it is no regular file");
}

/** A single read gives no more than 2 GiB. */
const MAX_READ = 2 ** 30;

/** Fills `into` from a place in a file: a single read may stop short. False where the file ends before. */
export async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, Math.min(into.length - done, MAX_READ), position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

/** All of the bytes at a place in a file: a single write may stop short. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** What finds out whether files can be written into a folder goes by this name, made a temporary one. */
export const PROBE = ".pulmo";

/** Makes a folder and proves that files can be written there. */
export async function makeWritableFolder(path: string): Promise<void> {
  await makeFolder(resolve(path));
  const probe = temporaryName(join(path, PROBE));
  await (await open(probe, "wx")).close();
  await rm(probe);
}

/** The path itself or, where it is not there yet, what is there above it. */
export async function nearestFolder(path: string): Promise<string> {
  const exists = (at: string) =>
    stat(at).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return false;
        throw error;
      },
    );
  let there = resolve(path);
  while (!(await exists(there))) there = dirname(there);
  return there;
}

/**
 * Throws where makeWritableFolder would, and leaves nothing behind. Of the folders that are missing none is made, not even
 * for a moment: another run may be about to use it.
 */
export async function tryWritableFolder(path: string): Promise<void> {
  const probe = temporaryName(join(await nearestFolder(path), PROBE), true);
  await mkdir(probe);
  await rmdir(probe);
}
