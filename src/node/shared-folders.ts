// What other users of a machine may plant in a folder that they can write to, and what they may read there.
import type { Stats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../core/errors.js";

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const SET_GROUP = 0o2000;
const GROUP = 0o070;
const OWNER = 0o700;

/** True on systems without users. */
export const isOwn = ({ uid }: Pick<Stats, "uid">): boolean => process.getuid === undefined || uid === process.getuid();

/**
 * Whether somebody else may have put the entry into its folder, so that it may lead anywhere: a link, FIFO or folder of another user
 * in a folder that others can write to. As Linux's fs.protected_symlinks, but also for folders of a group. An entry of root or of
 * the folder's owner is not planted.
 */
export async function isPlanted(path: string, found: Pick<Stats, "uid">): Promise<boolean> {
  if (isOwn(found) || found.uid === 0) return false;
  const { uid, mode } = await stat(dirname(path));
  return found.uid !== uid && (mode & (GROUP_WRITES | OTHERS_WRITE)) !== 0;
}

/** Whether a file that was found may be used as if this program had made it: not if any user of the machine may have planted it. */
export async function isTrusted(path: string, found: Pick<Stats, "uid">): Promise<boolean> {
  return !(await isPlanted(path, found)) || isForGroup(await stat(dirname(path)));
}

/** Throws an InputError if another user may have planted the entry. */
export async function refusePlanted(path: string, found: Pick<Stats, "uid">, what: string): Promise<void> {
  if (await isPlanted(path, found)) {
    throw new InputError(
      `${path} is a ${what} of another user, in a folder that others can write to: remove it, or choose another folder.`,
    );
  }
}

/** refusePlanted for every symbolic link on the way to a path, whose last parts may be missing. */
export async function refusePlantedLinks(path: string): Promise<void> {
  const ways: string[] = [];
  for (let way = resolve(path); way !== dirname(way); way = dirname(way)) ways.push(way);
  for (const way of ways.reverse()) {
    const found = await lstat(way).catch(() => undefined);
    if (!found) return;
    if (found.isSymbolicLink()) await refusePlanted(way, found, "symbolic link");
  }
}

/** Made for a group: its group may write to it, or it has the setgid bit, and other users may not write to it. */
const isForGroup = ({ mode }: Pick<Stats, "mode">): boolean =>
  (mode & (GROUP_WRITES | SET_GROUP)) !== 0 && (mode & OTHERS_WRITE) === 0;

/**
 * Permissions of a folder in a folder of caches. Decoded X-rays are their owner's, unless the folder of caches was made for a group,
 * which then has the same rights as in that folder.
 */
export const folderModeIn = (caches: Pick<Stats, "mode">): number =>
  OWNER | (isForGroup(caches) ? caches.mode & (GROUP | SET_GROUP) : 0);

/** The same for a file. */
export const fileModeIn = (folder: Pick<Stats, "mode">): number => folderModeIn(folder) & 0o666;
