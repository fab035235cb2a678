// Text output of `data cache`: one line per pixel cache.

import { resolve } from "node:path";
import { counted } from "../../core/counted.js";
import {
  type CacheFile,
  cacheLimit,
  defaultCacheDir,
  listCaches,
  pruneCaches,
  removeDeadTemporaries,
} from "../../data/cache-folder.js";

export interface CacheListing {
  caches: CacheFile[];
  text: string;
}

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;

export async function cacheFacts(): Promise<CacheListing> {
  const folder = resolve(defaultCacheDir());
  const caches = await listCaches(folder);
  const text = `${table(caches)}${total(caches)} in ${folder}, of ${gibibytes(cacheLimit())} GiB allowed (PULMO_CACHE_MAX).\n`;
  return { caches, text };
}

/** Without a limit, removes caches that were not used for 30 days. */
export async function pruneFacts(days: number | undefined, maxGib: number | undefined): Promise<CacheListing> {
  const folder = resolve(defaultCacheDir());
  const patience = days ?? (maxGib === undefined ? DEFAULT_DAYS : undefined);
  const caches = await pruneCaches(folder, {
    usedSince: patience === undefined ? undefined : new Date(Date.now() - patience * DAY_MS),
    maxBytes: maxGib === undefined ? undefined : maxGib * 2 ** 30,
  });
  await removeDeadTemporaries(folder).catch(() => {});
  return { caches, text: `${table(caches)}Removed ${total(caches)} from ${folder}.\n` };
}

/** Example: "used 2026-01-31   5856 images of 224 pixels   0.82 GiB   /data/chest_xray" */
function table(caches: CacheFile[]): string {
  const lines = caches.map(({ path, root, images, size, bytes, lastUsed }) => {
    const what = images === null ? "damaged".padEnd(27) : `${String(images).padStart(6)} images of ${size} pixels`;
    return `used ${lastUsed.toISOString().slice(0, 10)} ${what} ${gibibytes(bytes).padStart(7)} GiB  ${root ?? path}\n`;
  });
  return lines.join("");
}

const total = (caches: CacheFile[]): string =>
  `${counted(caches.length, "pixel cache", "pixel caches")}, ${gibibytes(caches.reduce((sum, c) => sum + c.bytes, 0))} GiB`;

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);
