// Pictures on disk that `predict --map` wrote.
import { join } from "node:path";
import { MARK_BYTES, mapMarkOf } from "../image/map-mark.js";
import { openRegular } from "./files.js";

/** The names that maps get. Only files with such a name are opened, so that a search for images stays quick. */
const MAP_NAME = /-map(-\d+)?\.jpg$/i;

/** The source that the file's mark names; undefined if it is no map or cannot be read. */
export async function mapSourceOf(path: string): Promise<string | undefined> {
  const file = await openRegular(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MARK_BYTES), 0, MARK_BYTES, 0);
    return mapMarkOf(buffer.subarray(0, bytesRead));
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

export const isMapFile = async (path: string): Promise<boolean> => MAP_NAME.test(path) && (await mapSourceOf(path)) !== undefined;

/** The names of files in a folder that are no maps. */
export async function withoutMapFiles(folder: string, names: string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const name of names) if (!(await isMapFile(join(folder, name)))) kept.push(name);
  return kept;
}
