// Identifies the writer of an unfinished file: a process on this machine, in a container on it, or on another machine that shares the
// folder. The name of a temporary file contains its writer, so that later processes can recognise abandoned files.
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isAlive, SPACE } from "./process-identity.js";
import { isOwn } from "./shared-folders.js";

/** Name of the test file that proves a folder writable. It is written under a temporary name. */
export const PROBE = ".pulmo";

/** Processes in other containers and on other machines cannot be checked. Their temporary files count as abandoned after this time without a change. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Bytes of a file's name that leave room for the writer: file systems allow 255. */
const LONGEST = 180;

/** The name that a file's temporary name begins with: its own, cut if it is very long. */
const stemOf = (name: string): string => {
  const bytes = Buffer.from(name);
  return bytes.length > LONGEST
    ? bytes
        .subarray(0, LONGEST)
        .toString()
        .replace(/\ufffd+$/, "")
    : name;
};

/** A new temporary name of a file that will become `path`. Nobody can know it before; create it with the flag "wx". */
export const temporaryName = (path: string): string =>
  `${join(dirname(path), stemOf(basename(path)))}.${SPACE}-${process.pid}.${randomBytes(8).toString("hex")}.tmp`;

const TEMPORARY = /^(.+)\.([A-Za-z0-9_]*)-(\d+)(?:\.[0-9a-f]{8,16})?\.tmp$/;

/** The final name of a temporary file; undefined if the name is not temporary. */
export const unfinishedName = (name: string): string | undefined => TEMPORARY.exec(name)?.[1];

/**
 * Removes temporary files of dead processes from a folder, often hundreds of MiB. `chosen` selects by final name. Files and folders of
 * other users and links stay: their names prove nothing, and a folder can be exchanged for a link while it is removed. `locked`: the
 * caller holds a lock, so that no other process writes these files.
 */
export async function removeAbandonedIn(folder: string, chosen: (name: string) => boolean, locked = false): Promise<void> {
  let now: Promise<number> | undefined;
  const isOld = async ({ mtimeMs }: Stats) => (await (now ??= serverTimeIn(folder))) - mtimeMs > ABANDONED_AFTER_MS;
  for (const found of await readdir(folder).catch(() => [])) {
    const [, name, space, pid] = TEMPORARY.exec(found) ?? [];
    if (name === undefined || !chosen(name)) continue;
    const path = join(folder, found);
    const there = await lstat(path).catch(() => undefined);
    if (!there || !isOwn(there) || !(there.isFile() || there.isDirectory())) continue;
    const gone = locked || (space === SPACE ? !isAlive(Number(pid)) : await isOld(there));
    // Errors are ignored: the file does no harm.
    if (gone) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** removeAbandonedIn for one file. */
export const removeAbandoned = (path: string): Promise<void> =>
  removeAbandonedIn(dirname(path), (name) => name === stemOf(basename(path)));

/** The time of the file server, from a new file; this machine's where none can be created. */
export async function serverTimeIn(folder: string): Promise<number> {
  const path = temporaryName(join(folder, PROBE));
  try {
    const file = await open(path, "wx");
    const { mtimeMs } = await file.stat().finally(() => file.close());
    await rm(path);
    return mtimeMs;
  } catch {
    return Date.now();
  }
}
