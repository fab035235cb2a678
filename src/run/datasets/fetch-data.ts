// Downloads the published dataset into the user's cache: download, verify, unpack, count.
import { existsSync } from "node:fs";
import { rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../core/errors.js";
import { FormatError } from "../../core/tensors.js";
import { defaultCacheDir, makeCacheDir, modeOfFolderIn, removeDeadTemporaries } from "../../data/cache-folder.js";
import { CLASS_FOLDERS, imagePlace } from "../../data/chest-xray.js";
import { countImages, readManifest } from "../../data/manifest.js";
import { lacksSpace, makeFolder, makeFolderAtomic } from "../../node/files.js";
import { whileLocked } from "../../node/lock.js";
import { type UnpackingLimits, unpackZip } from "../../node/unzip.js";
import { terminalWords } from "../../report/text/terminal.js";
import type { Caller } from "../caller.js";
import { imagesProgress } from "../watch/progress.js";
import type { DataSource, PublishedImages } from "./data-sources.js";
import { downloadWithBar, urlBelow } from "./download-bar.js";
import { fetchedFolder } from "./fetched-data.js";

/** The published archives have 17,600 entries, images of at most 2 MiB and 1.2 GB together. */
const MOST: UnpackingLimits = { entries: 20_000, bytes: 64 * 2 ** 20, total: 4 * 2 ** 30 };
/** The real size of a source may exceed the stated size by this factor. */
const SLACK = 1.25;

/** Returns the path of the dataset: a folder, or the file of MedMNIST. */
export async function fetchData(source: DataSource, caller: Caller): Promise<string> {
  const cache = defaultCacheDir();
  const archive = join(cache, source.file);
  const goal = source.images ? fetchedFolder() : archive;
  if (existsSync(goal)) {
    caller.info(`${goal} already exists: remove it to download it again.`);
    return goal;
  }
  await makeCacheDir();
  await whileLocked(archive, async () => {
    // Another process may have finished in the meantime.
    if (existsSync(goal)) return;
    await removeDeadTemporaries(cache);
    if (!existsSync(archive)) await fetchArchive(source, archive, cache, caller);
    if (source.images) await unpack(source.images, archive, goal, cache, caller);
  });
  return goal;
}

async function fetchArchive(source: DataSource, archive: string, cache: string, caller: Caller): Promise<void> {
  const { file, hash, bytes, images } = source;
  const url = urlBelow("PULMO_DATA_URL", file) ?? new URL(source.url);
  const { size: have } = await stat(`${archive}.part`).catch(() => ({ size: 0 }));
  await requireRoom(cache, Math.max(0, bytes - have) + (images?.bytes ?? 0));
  caller.info(`${have > 0 ? `Resuming after ${gigabytes(have)} GB of` : "Downloading"} ${url} (${gigabytes(bytes)} GB)`);
  await downloadWithBar({ url, path: archive, hash, maxBytes: Math.ceil(bytes * SLACK) }, file, caller);
  caller.info(`Verified the hash: ${archive}`);
}

/** Deletes the archive after unpacking, and if its content is not as expected. Keeps it if the disk is full. */
async function unpack(images: PublishedImages, archive: string, folder: string, cache: string, caller: Caller): Promise<void> {
  await requireRoom(cache, images.bytes);
  try {
    await makeFolderAtomic(folder, await modeOfFolderIn(cache), async (temporary) => {
      await unpackInto(temporary, archive, caller);
      await checkCounts(temporary, images);
    });
  } catch (error) {
    if (lacksSpace(error as Error)) throw lacksRoom(cache, images.bytes);
    if (!(error instanceof FormatError)) throw error;
    await rm(archive, { force: true });
    throw new InputError(`${archive} did not contain the dataset (${error.message}) and was deleted: download it again.`);
  }
  await rm(archive, { force: true });
  caller.info(`Unpacked into ${folder}; the archive was deleted.`);
}

async function unpackInto(folder: string, archive: string, caller: Caller): Promise<void> {
  for (const name of CLASS_FOLDERS) await makeFolder(join(folder, name));
  const words = terminalWords(caller.language);
  const bar = caller.bar();
  const start = performance.now();
  try {
    await unpackZip({
      archive,
      place(entry) {
        const image = imagePlace(entry);
        return image && join(folder, image);
      },
      most: MOST,
      signal: caller.signal,
      onProgress: (done, entries) => bar.draw(imagesProgress(words, words.bar.unpacking, done, entries, start, "files")),
    });
  } finally {
    bar.stop();
  }
}

async function checkCounts(folder: string, { counts }: PublishedImages): Promise<void> {
  const found = await readManifest(folder).then(
    (manifest) => countImages(manifest.images),
    (error) => {
      throw error instanceof InputError ? new FormatError("images of a split or class are missing") : error;
    },
  );
  const show = (c: PublishedImages["counts"]) => `train ${c.train.join("/")}, val ${c.val.join("/")}, test ${c.test.join("/")}`;
  if (show(found) !== show(counts)) {
    throw new FormatError(`NORMAL/PNEUMONIA are ${show(found)} instead of ${show(counts)}`);
  }
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw lacksRoom(folder, bytes);
}

const lacksRoom = (folder: string, bytes: number): InputError =>
  new InputError(
    `The cache folder ${folder} has no space for ${gigabytes(bytes)} GB of the dataset: free some space, or set PULMO_CACHE to another folder.`,
  );

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
