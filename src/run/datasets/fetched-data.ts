// The folder of `data fetch`, which is also the default of --data.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { defaultCacheDir, FETCHED } from "../../data/cache-folder.js";
import type { Host } from "../../settings/resolve.js";

export const fetchedFolder = (): string => resolve(defaultCacheDir(), FETCHED);

/** Undefined if the dataset was not downloaded. */
export const fetchedData = (): string | undefined => (existsSync(join(fetchedFolder(), "train")) ? fetchedFolder() : undefined);

/** What resolveSettings needs to know about this machine. */
export const settingsHost = (): Host => ({ fetchedData: fetchedData(), absolute: (path) => resolve(path) });
