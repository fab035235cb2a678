// The published dataset, into the user's cache: fetched, checked, unpacked, counted.
import { existsSync } from "node:fs";
import { rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../core/errors.js";
import { FormatError } from "../../core/tensors.js";
import { defaultCacheDir, makeCacheDir, removeDeadTemporaries } from "../../data/cache-folder.js";
import { CLASS_FOLDERS, imagePlace } from "../../data/chest-xray.js";
import { countImages, readManifest } from "../../data/manifest.js";
import { lacksSpace, makeFolder, makeFolderAtomic } from "../../node/files.js";
import { whileLocked } from "../../node/lock.js";
import { type UnpackingLimits, unpackZip } from "../../node/unzip.js";
import { advise } from "../interrupt.js";
import { PROGRAM } from "../program.js";
import type { Terminal } from "../terminal.js";
import { imagesProgress } from "../watch/progress.js";
import type { DataSource, PublishedImages } from "./data-sources.js";
import { downloadWithBar, urlBelow } from "./download-bar.js";
import { fetchedFolder } from "./fetched-data.js";

/** Far more than the real ones need: 17,600 entries, the largest image of 2 MiB, 1.2 GB. */
const MOST: UnpackingLimits = { entries: 20_000, bytes: 64 * 2 ** 20, total: 4 * 2 ** 30 };
/** How far a source's size may be from what is written here. */
const SLACK = 1.25;

/** Returns where the dataset is: a folder, or MedMNIST's file. */
export async function fetchData(source: DataSource, terminal: Terminal): Promise<string> {
  const cache = defaultCacheDir();
  const archive = join(cache, source.file);
  const goal = source.images ? fetchedFolder() : archive;
  if (existsSync(goal)) {
    terminal.say(`${goal} is there already: remove it to fetch it anew.`);
    return goal;
  }
  await makeCacheDir();
  await whileLocked(archive, async () => {
    // Another process may have come to its end meanwhile.
    if (existsSync(goal)) return;
    await removeDeadTemporaries(cache);
    if (!existsSync(archive)) await fetchArchive(source, archive, cache, terminal);
    if (source.images) await unpack(source.name, source.images, archive, goal, cache, terminal);
  });
  return goal;
}

async function fetchArchive(source: DataSource, archive: string, cache: string, terminal: Terminal): Promise<void> {
  const { name, file, hash, bytes, images } = source;
  const url = urlBelow("PULMO_DATA_URL", file) ?? new URL(source.url);
  const { size: have } = await stat(`${archive}.part`).catch(() => ({ size: 0 }));
  await requireRoom(cache, Math.max(0, bytes - have) + (images?.bytes ?? 0));
  advise(`The download goes on where it ended with: ${PROGRAM} data fetch ${name}`);
  terminal.say(`${have > 0 ? `Going on after ${gigabytes(have)} GB of` : "Fetching"} ${url} (${gigabytes(bytes)} GB)`);
  await downloadWithBar({ url, path: archive, hash, maxBytes: Math.ceil(bytes * SLACK) }, file, terminal);
  terminal.say(`Its hash is right: ${archive}`);
}

/** The archive goes when its images are there, and when it is not what it should be; not when there is no room for them. */
async function unpack(
  name: string,
  images: PublishedImages,
  archive: string,
  folder: string,
  cache: string,
  terminal: Terminal,
): Promise<void> {
  advise(`The archive is kept, the images are not. Unpack it with: ${PROGRAM} data fetch ${name}`);
  await requireRoom(cache, images.bytes);
  try {
    await makeFolderAtomic(folder, async (temporary) => {
      await unpackInto(temporary, archive, terminal);
      await checkCounts(temporary, images);
    });
  } catch (error) {
    if (lacksSpace(error as Error)) throw lacksRoom(cache, images.bytes);
    if (!(error instanceof FormatError)) throw error;
    await rm(archive, { force: true });
    throw new InputError(`${archive} does not hold the dataset (${error.message}): it was deleted, fetch it again.`);
  }
  await rm(archive, { force: true });
  terminal.say(`Unpacked into ${folder}; the archive was deleted.`);
}

async function unpackInto(folder: string, archive: string, terminal: Terminal): Promise<void> {
  for (const name of CLASS_FOLDERS) await makeFolder(join(folder, name));
  const bar = terminal.bar();
  const start = performance.now();
  try {
    await unpackZip({
      archive,
      place(entry) {
        const image = imagePlace(entry);
        return image && join(folder, image);
      },
      most: MOST,
      onProgress: (done, entries) => bar.draw(imagesProgress("Unpacking", done, entries, start, "files")),
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
    `The cache folder ${folder} lacks room for ${gigabytes(bytes)} GB of the dataset: free some space or set PULMO_CACHE to another folder.`,
  );

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
