import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync } from "node:fs";
import { chmod, copyFile, type FileHandle, mkdir, open, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.js";
import { checkClaims } from "./claims.js";
import { openStream, outputTarget, type RegularTarget, type StreamTarget } from "./output-target.js";
import { renameFile, renameFolder } from "./rename.js";
import { refusePlantedLinks } from "./shared-folders.js";
import { refuseWindowsNames } from "./windows-names.js";
import { refuseUnwritable, withSystemCode } from "./write-errors.js";
import { PROBE, removeAbandoned, temporaryName } from "./writers.js";

/** Files and folders that are being written. They are removed if the process exits before they are complete. */
const unfinished = new Set<string>();
let watching = false;
/** On Windows, a virus scanner may have a file open for a moment. */
const WHOLE = { recursive: true, force: true, maxRetries: 3 };
const PRIVATE_FOLDER = { mode: 0o700 };

/** Removes `path` if the process exits before the returned function is called. */
export function removeAtExit(path: string): () => void {
  unfinished.add(path);
  if (!watching) process.once("exit", () => unfinished.forEach((left) => rmSync(left, WHOLE)));
  watching = true;
  return () => unfinished.delete(path);
}

/**
 * Creates `path` and its parent folders. Node's recursive mkdir never returns if a parent can neither be found nor created
 * (/proc/x/y on Node 20). A link that another user may have planted is refused. `mode`: of the last folder.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  refuseWindowsNames(path);
  await refusePlantedLinks(path);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const is = (at: string) =>
      stat(at).then(
        (found) => (found.isDirectory() ? "folder" : "file"),
        () => "nothing",
      );
    if (code === "EEXIST" && (await is(path)) === "folder") return;
    const above = dirname(path);
    // A drive of Windows may be missing.
    if (code !== "ENOENT" || above === path || (await is(above)) !== "nothing") throw error;
    await makeFolder(above);
    await makeFolder(path, mode);
  }
}

/** A file written in parts that appears complete or not at all. A stream receives the parts at once. Errors name the path. */
export interface AtomicFile {
  write(part: string | Uint8Array): Promise<void>;
  /** Overwrites the first bytes of the file. Absent if the target is a stream. */
  rewrite?(start: Uint8Array): Promise<void>;
  /** Flushes the file and renames it to its final name. */
  finish(): Promise<void>;
  /** Removes the unfinished file. No effect after `finish`. */
  discard(): Promise<void>;
  /** Gives the unfinished file the name `<path>.partial` and returns it; undefined if nothing has been written. */
  keep(): Promise<string | undefined>;
}

/**
 * A regular file has a temporary name next to `path` until it is finished; symbolic links are followed, and the mode of the file
 * that it replaces is kept. A device, FIFO or descriptor is written through; `patience`: milliseconds to wait for a FIFO's reader.
 */
export async function createFileAtomic(path: string, patience = Infinity): Promise<AtomicFile> {
  const named = refuseUnwritable(path);
  const target = await outputTarget(path).catch(named);
  if (target.kind === "stream") return throughStream(path, target, patience);
  const temporary = temporaryName(target.path);
  const forget = removeAtExit(temporary);
  const file = await openTemporary(target, temporary).catch((error) => {
    forget();
    return named(error);
  });
  /** Bytes of the parts that were written completely. */
  let length = 0;
  let open = true;
  const close = async () => {
    if (open) await file.close();
    open = false;
  };
  return {
    async write(part) {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      await file.writeFile(bytes).catch(named);
      length += bytes.length;
    },
    rewrite: (start) => writeFully(file, start, 0).catch(named),
    async finish() {
      try {
        await file.sync();
        await close();
        for (const one of new Set([target.path, resolve(path)])) await checkClaims(one);
        await replace(temporary, target.path);
      } catch (error) {
        named(error as NodeJS.ErrnoException);
      }
      forget();
    },
    async discard() {
      await close();
      await rm(temporary, { force: true });
      forget();
    },
    async keep() {
      if (open) await file.truncate(length).catch(() => {});
      await close();
      const partial = `${target.path}.partial`;
      if (length > 0) await renameFile(temporary, partial);
      else await rm(temporary, { force: true });
      forget();
      return length > 0 ? partial : undefined;
    },
  };
}

/** A file that is a mount point, as in a container, cannot be renamed over: it is overwritten. */
async function replace(temporary: string, path: string): Promise<void> {
  try {
    await renameFile(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    await copyFile(temporary, path);
    await rm(temporary);
  }
}

async function openTemporary({ path, mode }: RegularTarget, temporary: string): Promise<FileHandle> {
  await makeFolder(dirname(path));
  await removeAbandoned(path);
  const file = await open(temporary, "wx", mode ?? 0o666);
  // Some file systems have no modes.
  if (mode !== undefined) await file.chmod(mode).catch(() => {});
  return file;
}

async function throughStream(path: string, target: StreamTarget, patience: number): Promise<AtomicFile> {
  const named = refuseUnwritable(path);
  const stream = await openStream(target, patience).catch(named);
  let open = true;
  const close = async () => {
    if (open) await stream.close();
    open = false;
  };
  return {
    write: (part) => stream.write(Buffer.from(part)).catch(named),
    finish: () => close().catch(named),
    discard: () => close().catch(() => {}),
    async keep() {
      await close().catch(() => {});
      return undefined;
    },
  };
}

/**
 * Writes to a temporary name next to `path`, then renames: a reader sees the old file or the complete new one. Not
 * write-file-atomic: it needs one buffer, while a DNN's checkpoint is 880 MB in parts, and it does not detect short writes.
 */
export const writeFileAtomic = async (path: string, ...parts: (string | Uint8Array)[]): Promise<void> =>
  fill(await createFileAtomic(path), parts);

/** writeFileAtomic that does not wait for the reader of a FIFO. */
export const writeFileIfRead = async (path: string, text: string): Promise<void> => fill(await createFileAtomic(path, 0), [text]);

async function fill(file: AtomicFile, parts: (string | Uint8Array)[]): Promise<void> {
  try {
    for (const part of parts) await file.write(part);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** True if a write failed for lack of disk space. */
export const lacksSpace = ({ code }: NodeJS.ErrnoException): boolean => code === "ENOSPC" || code === "EDQUOT";

/**
 * Calls `fill` on a private folder with a temporary name, then gives it its mode and renames it to `path`, so that the folder is
 * always complete. Its parent folder must exist.
 */
export async function makeFolderAtomic(path: string, mode: number, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  removeAtExit(temporary);
  try {
    await mkdir(temporary, PRIVATE_FOLDER);
    await fill(temporary);
    // Some file systems have no modes.
    await chmod(temporary, mode).catch(() => {});
    await checkClaims(resolve(path));
    await renameFolder(temporary, path);
  } catch (error) {
    await rm(temporary, WHOLE);
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

/** Hash of a file in hexadecimal, read in pieces. Rejects as openRegular does. */
export async function hashOfFile(path: string, algorithm: "sha256" | "md5" = "sha256"): Promise<string> {
  const hash = createHash(algorithm);
  const file = await openRegular(path);
  for await (const piece of file.createReadStream()) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}

/**
 * Reads a whole file. Rejects files larger than `most` bytes and files that may have no end. Uses synchronous calls: four
 * switches to another thread would add a sixth to the time of decoding a small X-ray.
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  const file = openRegularSync(path);
  try {
    if (fstatSync(file).size > most) throw new Error(`the file is larger than ${most / 2 ** 20} MiB`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** The descriptor of a file from outside. Throws as openRegular rejects. */
export function openRegularSync(path: string): number {
  // Without O_NONBLOCK, opening a pipe waits for a writer.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = fstatSync(file);
  // For a folder, the system's read error has a useful code.
  if (stats.isFile() || stats.isDirectory()) return file;
  closeSync(file);
  throw new Error("it is not a regular file");
}

/** readBounded that throws the system's error as an InputError. `advice`: what the user can do. */
export const readInput = (path: string, most: number, advice: string): Promise<Buffer> =>
  readBounded(path, most).catch(refuseUnreadable(path, advice));

/** Rethrows an error of the file system as an InputError. */
export function refuseUnreadable(path: string, advice: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): ${advice}.`, { cause: error });
  };
}

/** Opens a file from outside. Rejects pipes and devices at once, because they may have no end or no writer. */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = await file.stat();
  // See openRegularSync.
  if (stats.isFile() || stats.isDirectory()) return file;
  await file.close();
  throw new Error("it is not a regular file");
}

/** Milliseconds between two looks at a pipe. */
const LOOK_AGAIN = 20;

/**
 * The content of a file that may be a pipe or a terminal, and may wait for its writer. Looks again and again: a thread that waits in
 * open or read would keep the process from ending at a signal.
 */
export async function* readStream(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    // Until a pipe has a writer, it reads as empty.
    let hasWriter = !(await file.stat()).isFIFO();
    for (;;) {
      const buffer = Buffer.allocUnsafe(2 ** 16);
      const bytes = await file.read(buffer, 0, buffer.length, null).then(
        ({ bytesRead }) => bytesRead,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EAGAIN") return undefined;
          throw error;
        },
      );
      if (bytes === 0 && hasWriter) return;
      if (bytes !== 0) hasWriter = true;
      if (bytes) yield buffer.subarray(0, bytes);
      else await setTimeout(LOOK_AGAIN);
    }
  } finally {
    await file.close();
  }
}

/** The first bytes of a file from outside, at most `most`. Rejects with the system's error. */
export async function readBeginning(path: string, most: number): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Maximum bytes per read call. The system limits one read to 2 GiB. */
const MAX_READ = 2 ** 30;

/** Fills `into` from a position in a file, with several reads if necessary. Returns false if the file is too short. */
export async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, Math.min(into.length - done, MAX_READ), position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

/** Writes all bytes at a position in a file, with several writes if necessary. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** Creates a folder and proves that it is writable. */
export async function makeWritableFolder(path: string): Promise<void> {
  await makeFolder(resolve(path));
  const probe = temporaryName(join(path, PROBE));
  await (await open(probe, "wx")).close();
  await rm(probe);
}

/** The path itself or, if it does not exist, its nearest existing parent. Code ENOENT: on a drive that is missing. */
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
  while (!(await exists(there))) {
    const above = dirname(there);
    if (above === there) throw withSystemCode("ENOENT");
    there = above;
  }
  return there;
}

/**
 * Throws if makeWritableFolder would fail, and leaves nothing behind. It creates none of the missing folders, not even
 * temporarily, because another run may be about to use them.
 */
export async function tryWritableFolder(path: string): Promise<void> {
  refuseWindowsNames(path);
  const probe = temporaryName(join(await nearestFolder(path), PROBE));
  await mkdir(probe);
  await rmdir(probe);
}
