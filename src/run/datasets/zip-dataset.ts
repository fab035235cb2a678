// A dataset in a .zip archive. It is unpacked once, into the cache folder under the archive's hash. A file beside the images has a hash
// of all of them, by which later runs see that none was changed or removed, as by a program that deletes old files.
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { lstat, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { InputError } from "../../core/errors.js";
import { FormatError } from "../../core/tensors.js";
import { defaultCacheDir, makeCacheDir, modeOfFolderIn } from "../../data/cache-folder.js";
import { sha256OfFile } from "../../data/content.js";
import { imageEntry } from "../../data/images-among.js";
import { leftOut, noImages } from "../../data/left-out.js";
import { isSystemName } from "../../data/system-names.js";
import { MAX_FILE_BYTES } from "../../image/bounds.js";
import { hashOfFile, makeFolderAtomic } from "../../node/files.js";
import { orMissing } from "../../node/output-target.js";
import { isTrusted } from "../../node/shared-folders.js";
import { refuseArchive, unpackZip } from "../../node/unzip.js";
import { windowsFault } from "../../node/windows-names.js";
import { terminalWords } from "../../report/text/terminal.js";
import type { Caller } from "../caller.js";
import { imagesProgress } from "../watch/progress.js";

export const isZip = (path: string): boolean => /\.zip$/i.test(path);

const LIMITS = { entries: 2_000_000, bytes: MAX_FILE_BYTES, total: 2 ** 36 };

/** Increase the number when other files are unpacked, or under other names. */
const PREFIX = "zip-4-";
const IMAGES = "images";
const HASH = "sha256";

/** The folder with the archive's images. Throws an InputError if the file is not a readable zip archive or the disk is full. */
export async function unpackedFolder(archive: string, caller: Caller): Promise<string> {
  const hash = await hashOfFile(archive).catch((error) => {
    throw new InputError(`${archive} cannot be read (${error.code ?? error.message}): check the path.`);
  });
  const folder = join(defaultCacheDir(), `${PREFIX}${hash}`);
  const place = join(folder, IMAGES);
  if (await isUnpacked(folder)) {
    if (await isIntact(folder)) return place;
    caller.info(`Note: files in ${folder} were changed or removed since they were unpacked.`);
    await rm(folder, { recursive: true, force: true }).catch(() => {
      throw new InputError(`Files in ${folder} were changed or removed: remove the folder, then run again.`);
    });
  }
  const caches = await makeCacheDir();
  const words = terminalWords(caller.language);
  caller.info(words.unpacking(archive, folder));
  const bar = caller.bar();
  const start = performance.now();
  let images = 0;
  const others: string[] = [];
  const fill = async (temporary: string) => {
    await unpackZip({
      archive,
      place: async (entry, beginning) => {
        const parts = entry.split("/");
        if (entry.endsWith("/") || parts.some(isSystemName)) return undefined;
        if ((await imageEntry(entry, beginning)) === undefined) return void others.push(entry);
        images++;
        return placeBelow(join(temporary, IMAGES), parts);
      },
      most: LIMITS,
      signal: caller.signal,
      onProgress: (done, entries) => bar.draw(imagesProgress(words, words.bar.unpacking, done, entries, start, "files")),
    });
    if (images === 0) throw noImages(archive, others);
    await writeFile(join(temporary, HASH), await hashOfImages(temporary));
  };
  try {
    await makeFolderAtomic(folder, await modeOfFolderIn(caches), fill);
  } catch (error) {
    caller.signal?.throwIfAborted();
    // Another process has unpacked it meanwhile.
    const found = ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "");
    if (found && (await isUnpacked(folder)) && (await isIntact(folder))) return place;
    await refuseArchive(archive, error as Error);
  } finally {
    bar.stop();
  }
  for (const sentence of leftOut(others)) caller.info(`Note: ${archive}: ${sentence}`);
  return place;
}

/** Files that are read at a time. */
const LANES = 8;

/** Of the names and contents of the images of an unpacked archive. */
async function hashOfImages(folder: string): Promise<string> {
  const all = await readdir(join(folder, IMAGES), { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  files.sort();
  const hash = createHash("sha256");
  for (let first = 0; first < files.length; first += LANES) {
    const some = files.slice(first, first + LANES);
    const contents = await Promise.all(some.map(sha256OfFile));
    some.forEach((file, i) => hash.update(`${JSON.stringify(relative(folder, file))} ${contents[i]}\n`));
  }
  return hash.digest("hex");
}

const isIntact = async (folder: string): Promise<boolean> => {
  const known = await readFile(join(folder, HASH), "utf8").catch(() => undefined);
  return known !== undefined && known === (await hashOfImages(folder).catch(() => undefined));
};

/** Throws an InputError if something else has the folder's name. */
async function isUnpacked(folder: string): Promise<boolean> {
  const found = await orMissing(lstat(folder));
  if (!found) return false;
  if (!found.isDirectory() || !(await isTrusted(folder, found))) {
    throw new InputError(`${folder} is not a folder that pulmo made for you: remove it, or set PULMO_CACHE to another folder.`);
  }
  return true;
}

/** The path of an image, whose folders are created. unpackZip has already rejected absolute names and "..". */
function placeBelow(folder: string, parts: string[]): string {
  const path = join(folder, ...parts);
  const fault = windowsFault(path);
  if (fault) throw new FormatError(fault);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
