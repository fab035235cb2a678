// A dataset in a .zip archive. It is unpacked once, into the cache folder under the archive's hash.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../core/errors.js";
import { FormatError } from "../../core/tensors.js";
import { makeCacheDir } from "../../data/cache-folder.js";
import { type Beginning, isImageEntry } from "../../data/images-among.js";
import { isSystemName } from "../../data/system-names.js";
import { MAX_FILE_BYTES } from "../../image/bounds.js";
import { hashOfFile, lacksSpace, makeFolderAtomic } from "../../node/files.js";
import { unpackZip } from "../../node/unzip.js";
import type { Caller } from "../caller.js";
import { imagesProgress } from "../watch/progress.js";

export const isZip = (path: string): boolean => /\.zip$/i.test(path);

const LIMITS = { entries: 2_000_000, bytes: MAX_FILE_BYTES, total: 2 ** 36 };

/** The folder with the archive's images. Throws an InputError if the file is not a readable zip archive or the disk is full. */
export async function unpackedFolder(archive: string, caller: Caller): Promise<string> {
  const hash = await hashOfFile(archive).catch((error) => {
    throw new InputError(`${archive} cannot be read (${error.code ?? error.message}): check the path.`);
  });
  const folder = join(await makeCacheDir(), `zip-${hash.slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  caller.info(`Unpacking ${archive} into ${folder}; later runs use that folder.`);
  const bar = caller.bar();
  const start = performance.now();
  const fill = (temporary: string) =>
    unpackZip({
      archive,
      place: (entry, beginning) => place(temporary, entry, beginning),
      most: LIMITS,
      signal: caller.signal,
      onProgress: (done, entries) => bar.draw(imagesProgress("Unpacking", done, entries, start, "files")),
    });
  try {
    await makeFolderAtomic(folder, fill);
  } catch (error) {
    caller.signal?.throwIfAborted();
    if (lacksSpace(error as Error)) {
      throw new InputError(`The cache folder has no space for the images of ${archive}: set PULMO_CACHE to another folder.`);
    }
    const { code } = error as NodeJS.ErrnoException;
    const why = error instanceof FormatError ? error.message : code;
    throw why === undefined ? error : new InputError(`${archive} is not a readable zip archive (${why}).`);
  } finally {
    bar.stop();
  }
  return folder;
}

/** Only images are unpacked, with their folders. yauzl has already rejected absolute names and "..". */
async function place(folder: string, entry: string, beginning: Beginning): Promise<string | undefined> {
  const parts = entry.split("/");
  if (parts.some(isSystemName) || !(await isImageEntry(entry, beginning))) return undefined;
  const path = join(folder, ...parts);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
