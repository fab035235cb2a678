// Where `data fetch` puts the dataset, and where a command finds it that was given no --data.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { defaultCacheDir, FETCHED } from "../../data/cache-folder.js";
import type { Host } from "../../settings/resolve.js";

export const fetchedFolder = (): string => resolve(defaultCacheDir(), FETCHED);

/** Undefined where nothing was fetched. */
export const fetchedData = (): string | undefined => (existsSync(join(fetchedFolder(), "train")) ? fetchedFolder() : undefined);

/** What resolveSettings asks of this machine. */
export const settingsHost = (): Host => ({ fetchedData: fetchedData(), absolute: (path) => resolve(path) });
