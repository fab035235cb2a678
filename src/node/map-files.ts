// Pictures on disk that `predict --map` wrote.
import { join } from "node:path";
import { MARK_BYTES, mapMarkOf } from "../image/map-mark.js";
import { readBeginning } from "./files.js";

/** The names that maps get. Only files with such a name are opened, so that a search for images stays quick. */
const MAP_NAME = /-map(-\d+)?\.jpg$/i;

/** The source that the file's mark names; undefined if it is no map or cannot be read. */
export const mapSourceOf = (path: string): Promise<string | undefined> =>
  readBeginning(path, MARK_BYTES).then(mapMarkOf, () => undefined);

export const isMapFile = async (path: string): Promise<boolean> => MAP_NAME.test(path) && (await mapSourceOf(path)) !== undefined;

/** The names of files in a folder that are no maps. */
export async function withoutMapFiles(folder: string, names: string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const name of names) if (!(await isMapFile(join(folder, name)))) kept.push(name);
  return kept;
}
