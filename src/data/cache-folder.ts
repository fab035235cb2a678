// The user's cache folder: its place, the pixel caches in it, and the removal of old ones.
import { constants, type Stats } from "node:fs";
import { access, chmod, readdir, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { makeFolder } from "../node/files.js";
import { folderModeIn, isOwn } from "../node/shared-folders.js";
import { removeAbandonedIn } from "../node/writers.js";
import { readFacts } from "./cache-file.js";

/** Throws an InputError if the user has no home folder, as in a container with an unknown user id. */
export function defaultCacheDir(): string {
  const folder = knownCacheDir();
  if (folder === undefined)
    throw new InputError("The user has no home folder (HOME): set PULMO_CACHE to a folder for the cache.");
  return folder;
}

/** Undefined if the user has no home folder. */
export function knownCacheDir(): string | undefined {
  const { PULMO_CACHE, XDG_CACHE_HOME } = process.env;
  if (PULMO_CACHE) return PULMO_CACHE;
  const home = XDG_CACHE_HOME ? undefined : homeFolder();
  const caches = XDG_CACHE_HOME || (home && join(home, ".cache"));
  return caches && join(caches, "pulmo");
}

function homeFolder(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    // Neither HOME nor an entry in passwd.
    return undefined;
  }
}

export const unwritableCache = (folder: string, { code }: NodeJS.ErrnoException): InputError =>
  new InputError(`The cache folder ${folder} cannot be written (${code}): set PULMO_CACHE to a writable folder.`);

/** The subfolder that `data fetch` fills. */
export const FETCHED = "chest-xray";
/** A temporary folder in which `predict` unpacks an archive. */
export const UNZIPPED = "unzipped";

/** Creates the user's cache folder if it is missing, and returns it. Throws an InputError if it cannot be written. */
export async function makeCacheDir(): Promise<string> {
  const folder = defaultCacheDir();
  try {
    await makePrivateFolder(folder);
    // It may have been made before its file system became read-only, as in a container.
    await access(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : unwritableCache(folder, error as NodeJS.ErrnoException);
  }
  return folder;
}

const SET_GROUP = 0o2000;

/**
 * Creates a folder of caches that only its user can read. An older version made folders that all users can read: the default one is
 * closed to them. The rights of a folder that PULMO_CACHE names are its owner's decision.
 */
export async function makePrivateFolder(folder: string): Promise<Stats> {
  await makeFolder(folder, 0o700);
  const found = await stat(folder);
  const chosen = Boolean(process.env.PULMO_CACHE) || resolve(folder) !== resolve(knownCacheDir() ?? "");
  if (chosen || !isOwn(found) || (found.mode & SET_GROUP) !== 0 || (found.mode & 0o077) === 0) return found;
  await chmod(folder, 0o700).catch(() => {});
  return stat(folder);
}

/** The permissions of a folder in a folder of caches. */
export const modeOfFolderIn = async (caches: string): Promise<number> => folderModeIn(await stat(caches));

/** A pixel cache in the folder; it need not be open. */
export interface CacheFile {
  path: string;
  /** The dataset; null if the file is not a readable cache. */
  root: string | null;
  images: number | null;
  /** Edge length in pixels. */
  size: number | null;
  bytes: number;
  /** Set when the cache is opened. */
  lastUsed: Date;
}

/** Caches that this process has open. They are never removed. */
const inUse = new Map<string, number>();

export function holdCache(path: string): void {
  inUse.set(path, (inUse.get(path) ?? 0) + 1);
}

export function releaseCache(path: string): void {
  const users = (inUse.get(path) ?? 0) - 1;
  if (users > 0) inUse.set(path, users);
  else inUse.delete(path);
}

/** In the order of use, the least recently used first. */
export async function listCaches(folder: string): Promise<CacheFile[]> {
  const names = await readdir(folder).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw new InputError(`The cache folder ${folder} cannot be read (${error.code}): set PULMO_CACHE to a readable folder.`);
  });
  const caches: CacheFile[] = [];
  for (const name of names.filter((n) => n.endsWith(".pixels"))) {
    const path = resolve(folder, name);
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) continue;
    caches.push({ path, ...(await readFacts(path)), bytes: found.size, lastUsed: found.mtime });
  }
  return caches.sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime());
}

export interface CacheBounds {
  /** Caches that were not used since then are removed. */
  usedSince?: Date | undefined;
  /** The least recently used caches are removed until the rest is at most this large. */
  maxBytes?: number | undefined;
}

/** Returns what it removed. */
export async function pruneCaches(folder: string, { usedSince, maxBytes = Infinity }: CacheBounds): Promise<CacheFile[]> {
  const caches = await listCaches(folder);
  let total = caches.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed: CacheFile[] = [];
  for (const cache of caches) {
    const goes = total > maxBytes || (usedSince !== undefined && cache.lastUsed < usedSince);
    if (!goes || inUse.has(cache.path)) continue;
    await rm(cache.path, { force: true }).catch((error) => {
      throw new InputError(`The pixel cache ${cache.path} cannot be removed (${error.code}): check the folder's permissions.`);
    });
    total -= cache.bytes;
    removed.push(cache);
  }
  return removed;
}

const DEFAULT_MAX_GIB = 20;

/** Limit for all pixel caches together, in bytes. */
export function cacheLimit(): number {
  const typed = process.env.PULMO_CACHE_MAX?.trim() || String(DEFAULT_MAX_GIB);
  const value = Number(typed);
  if (!(value >= 0)) throw new InputError(`PULMO_CACHE_MAX is ${JSON.stringify(typed)}: give a number of GiB from 0 on.`);
  return value * 2 ** 30;
}

/** Of pixel caches and of a dataset that was being fetched. */
export const removeDeadTemporaries = (folder: string): Promise<void> =>
  removeAbandonedIn(folder, (name) => name.endsWith(".pixels") || name === FETCHED || name === UNZIPPED);
