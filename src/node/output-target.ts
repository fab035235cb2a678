// Where an output path leads: to a regular file, which is replaced by a rename, or to a stream (device, FIFO, open descriptor),
// which is written through.
import { constants, fstatSync, write as writeToDescriptor } from "node:fs";
import { lstat, open, readlink, realpath, stat } from "node:fs/promises";
import { devNull } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { InputError } from "../core/errors.js";
import { refusePlanted, refusePlantedLinks } from "./shared-folders.js";
import { onWindows, refuseWindowsNames } from "./windows-names.js";
import { withSystemCode } from "./write-errors.js";

/** Linux follows at most as many symbolic links. */
const MAX_LINKS = 40;
/** Milliseconds between attempts to open a FIFO without a reader, and to write into a full pipe. */
const PAUSE = 10;

export interface RegularTarget {
  kind: "regular";
  /** The path behind all symbolic links. */
  path: string;
  /** Of the existing file. */
  mode?: number;
}

export interface StreamTarget {
  kind: "stream";
  path: string;
  /** A descriptor of this process, as /dev/stdout and bash's >(command) name it. */
  descriptor?: number;
}

/**
 * Follows symbolic links; a dangling link leads to the file that it names. Links and FIFOs that another user may have planted are
 * refused. Errors of the system are passed on.
 */
export async function outputTarget(given: string): Promise<RegularTarget | StreamTarget> {
  if (onWindows && /^(\\\\\.\\)?nul$/i.test(given)) return { kind: "stream", path: devNull };
  if (/[\\/]$/.test(given)) throw withSystemCode("EISDIR");
  refuseWindowsNames(given);
  let path = resolve(given);
  await refusePlantedLinks(dirname(path));
  for (let links = 0; links <= MAX_LINKS; links++) {
    path = join(await realFolder(dirname(path)), basename(path));
    const descriptor = ownDescriptor(path);
    if (descriptor !== undefined && !isForData(descriptor)) throw withSystemCode("EBADF");
    if (descriptor !== undefined) return { kind: "stream", path: given, descriptor };
    const found = await orMissing(lstat(path));
    if (!found) return { kind: "regular", path };
    if (found.isSymbolicLink()) await refusePlanted(path, found, "symbolic link");
    if (found.isFIFO()) await refusePlanted(path, found, "FIFO");
    if (found.isSymbolicLink()) path = resolve(dirname(path), await readlink(path));
    else if (found.isFile()) return { kind: "regular", path, mode: found.mode & 0o7777 };
    else if (found.isFIFO() || found.isCharacterDevice()) return { kind: "stream", path };
    else if (found.isDirectory()) throw withSystemCode("EISDIR");
    else throw new InputError(`${given} is a ${found.isSocket() ? "socket" : "block device"}: choose a file.`);
  }
  throw withSystemCode("ELOOP");
}

/** A folder that does not exist yet is returned unchanged. */
const realFolder = async (folder: string): Promise<string> => (await orMissing(realpath(folder))) ?? folder;

/** Undefined if the path does not exist. */
export const orMissing = <T>(looked: Promise<T>): Promise<T | undefined> =>
  looked.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

/**
 * The number of a descriptor of this process, if the path names one. Such a path must not be opened again: that fails for a
 * socket and for a pipe of another user, and would begin a redirected file anew.
 */
function ownDescriptor(path: string): number | undefined {
  const [, pid, number] = /^\/(?:dev|proc\/(\d+|self|thread-self)(?:\/task\/\d+)?)\/fd\/(\d+)$/.exec(path) ?? [];
  const own = number !== undefined && (pid === undefined || !/^\d/.test(pid) || Number(pid) === process.pid);
  return own ? Number(number) : undefined;
}

/** False for descriptors that are not open, and for Node's own ones of events. */
function isForData(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() || stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice() || stats.isBlockDevice();
  } catch {
    return false;
  }
}

export interface OutputStream {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Waits for a reader if the target is a FIFO, at most `patience` milliseconds. */
export async function openStream({ path, descriptor }: StreamTarget, patience: number): Promise<OutputStream> {
  if (descriptor !== undefined) return { write: (bytes) => writeAll(descriptor, bytes), async close() {} };
  // An open that waits would keep one of Node's threads, and the process could not end.
  const flags = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
  const start = performance.now();
  for (;;) {
    try {
      const file = await open(path, flags);
      return { write: (bytes) => writeAll(file.fd, bytes), close: () => file.close() };
    } catch (error) {
      const waits = (error as NodeJS.ErrnoException).code === "ENXIO" && performance.now() - start < patience;
      if (!waits || !(await stat(path)).isFIFO()) throw error;
      await sleep(PAUSE);
    }
  }
}

const writeOnce = promisify(writeToDescriptor);

async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += (await writeOnce(descriptor, bytes, done, bytes.length - done, null)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      await sleep(PAUSE);
    }
  }
}
