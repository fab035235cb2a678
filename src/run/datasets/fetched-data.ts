// Where `data fetch` puts the dataset, and where a command finds it that was given no --data.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { defaultCacheDir, FETCHED } from "../../data/cache-folder.js";

export const fetchedFolder = (): string => resolve(defaultCacheDir(), FETCHED);

/** Undefined where nothing was fetched. */
export const fetchedData = (): string | undefined => (existsSync(join(fetchedFolder(), "train")) ? fetchedFolder() : undefined);
