import type { Stats } from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { InputError } from "../core/errors.js";
import { stoppable } from "../core/stoppable.js";
import { acceptRow } from "../node/decode-rows.js";
import { lacksSpace, readFully } from "../node/files.js";
import { renameFile } from "../node/rename.js";
import { fileModeIn } from "../node/shared-folders.js";
import { temporaryName } from "../node/writers.js";
import { cacheKey, type OpenCache, openCacheFile, writeFooter } from "./cache-file.js";
import {
  cacheLimit,
  defaultCacheDir,
  holdCache,
  makePrivateFolder,
  pruneCaches,
  releaseCache,
  removeDeadTemporaries,
  unwritableCache,
} from "./cache-folder.js";
import { holdsImages, isContentOf } from "./cache-sample.js";
import { changed, contentOf, readContent } from "./content.js";
import type { Needs } from "./needs.js";
import type { ImageSource } from "./sources.js";
import { type ImageFile, type Manifest, type PixelCache, type PixelRows, SPLITS, type Split } from "./types.js";

export interface PixelOptions {
  /** Edge length in pixels. */
  size: number;
  threads: number;
  /** Default: PULMO_CACHE, else pulmo in XDG_CACHE_HOME, else ~/.cache/pulmo. */
  cacheDir?: string;
  /** Refuse the dataset if a file cannot be decoded. */
  strict?: boolean;
  /** Refuse the dataset if none of the images of a class in one of these splits can be decoded. */
  needs?: Needs | undefined;
  /** Use images whose file states another body part than the chest. */
  anyBodyPart?: boolean;
  /** Called with the images whose files were read so far, to see whether the cache has their content. */
  onChecked?: (done: number, total: number) => void;
  /** Called with the images decoded so far, unless the cache is there. An error that it throws stops the work; no file is left. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the decoding, which then rejects with the signal's reason; no file is left. */
  signal?: AbortSignal | undefined;
}

/** The pixels of the dataset from its cache file, which is made first if it is missing, outdated or damaged. */
export async function openPixels(manifest: Manifest, options: PixelOptions): Promise<PixelCache> {
  const { size, signal } = options;
  signal?.throwIfAborted();
  const images = SPLITS.flatMap((split) => manifest.images[split]);
  const folder = resolve(options.cacheDir ?? defaultCacheDir());
  await readContent(manifest, { signal, onProgress: options.onChecked });
  const key = cacheKey(images, size);
  const path = join(folder, `${key.slice(0, 32)}.pixels`);
  const maxBytes = cacheLimit();

  const found = await openChecked(path, key, images, manifest.source, size);
  const opened = found ?? (await buildAndOpen(manifest, images, key, path, folder, options));
  const cache = { ...opened, rows: opened.rows.map((row) => acceptRow(row, options.anyBodyPart ?? false)) };
  holdCache(path);
  const close = async () => {
    releaseCache(path);
    await cache.file.close();
  };
  try {
    // Failing to remove an old cache does not stop the run.
    const removed = found ? [] : await pruneCaches(folder, { maxBytes }).catch(() => []);
    const unreadable = images.flatMap(({ file }, i) =>
      cache.rows[i].unreadable ? [{ file, reason: cache.rows[i].unreadable }] : [],
    );
    const imageNotes = images.flatMap(({ file }, i) => (cache.rows[i].notes ?? []).map((note) => ({ file, note })));
    refuseUnusable(manifest, unreadable, options);
    const splits = {} as Record<Split, PixelRows>;
    for (const split of SPLITS) splits[split] = pixelRows(cache, images, split, size, path);
    return { splits, size, unreadable, imageNotes, hit: found !== null, path, removed: removed.map((old) => old.path), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Null unless the file is a cache of these images. */
async function openChecked(
  path: string,
  key: string,
  images: ImageFile[],
  source: ImageSource,
  size: number,
): Promise<OpenCache | null> {
  const found = await openCacheFile(path, key, images.length);
  if (!found) return null;
  const holds = await holdsImages(found, images, source, size).catch(async (error) => {
    await found.file.close();
    throw error;
  });
  if (holds) return found;
  await found.file.close();
  return null;
}

/** Throws an InputError if a file is not what it was when its content was read for the key. */
async function refuseChanged({ root, source }: Manifest, images: ImageFile[], rows: OpenCache["rows"]): Promise<void> {
  for (const [i, image] of images.entries()) {
    const { original, transient } = rows[i];
    const same = original ? isContentOf(image, rows[i]) : transient || (await source.sha256(image.file)) === contentOf(image);
    if (!same) throw changed(`The image ${image.file} of ${root}`);
  }
}

function pixelRows(cache: OpenCache, all: ImageFile[], split: Split, size: number, path: string): PixelRows {
  const rowBytes = size * size * 3;
  const places = all.flatMap((image, row) => (image.split === split && !cache.rows[row].unreadable ? [row] : []));
  return {
    images: places.map((row) => ({ ...all[row], original: cache.rows[row].original! })),
    rowBytes,
    async read(i, into) {
      if (into.length !== rowBytes) throw new RangeError(`A row has ${rowBytes} bytes, not ${into.length}.`);
      const row = places[i];
      const complete = await readFully(cache.file, into, row * rowBytes);
      if (complete && crc32(into) === cache.rows[row].crc) return;
      await rm(path, { force: true });
      throw new InputError(`The pixel cache ${path} was damaged and has been removed: run again to rebuild it.`);
    },
  };
}

function refuseUnusable(
  manifest: Manifest,
  unreadable: PixelCache["unreadable"],
  { strict, needs = {} }: Pick<PixelOptions, "strict" | "needs">,
): void {
  if (unreadable.length === 0) return;
  const [{ file, reason }] = unreadable;
  if (strict) throw new InputError(`The image ${file} of ${manifest.root} cannot be read: ${reason}. Replace or remove it.`);
  const count = SPLITS.reduce((n, split) => n + manifest.images[split].length, 0);
  if (unreadable.length === count) {
    throw new InputError(
      `None of the ${count} images in ${manifest.root} can be read (first: ${file}: ${reason}): replace them.`,
    );
  }
  const lost = new Set(unreadable.map((u) => u.file));
  for (const split of SPLITS.filter((name) => needs[name])) {
    for (const [label, name] of manifest.classes.entries()) {
      const files = manifest.images[split].filter((image) => image.label === label);
      if (files.length > 0 && files.every((image) => lost.has(image.file))) {
        throw new InputError(
          `None of the ${files.length} ${name} images for ${split} in ${manifest.root} can be read (first: ${files[0].file}): replace them.`,
        );
      }
    }
  }
}

/** Written under a temporary name and renamed when complete, so that no reader sees half a cache. */
async function buildAndOpen(
  manifest: Manifest,
  images: ImageFile[],
  key: string,
  path: string,
  folder: string,
  options: PixelOptions,
) {
  const { size, threads, onProgress, signal } = options;
  const { root, source } = manifest;
  const bytes = images.length * size * size * 3;
  const temporary = temporaryName(path);
  try {
    const mode = fileModeIn(await prepareFolder(folder, bytes));
    const file = await open(temporary, "wx", 0o600);
    try {
      // Some file systems have no modes.
      await file.chmod(mode).catch(() => {});
      await file.truncate(bytes);
      let done = 0;
      const request = { files: images.map((i) => i.file), size, cacheFile: temporary, threads };
      const onRows = (count: number) => {
        signal?.throwIfAborted();
        done += count;
        onProgress?.(done, images.length);
      };
      const rows = await stoppable(
        signal,
        () => {},
        () => source.decode(request, onRows),
      );
      await refuseChanged(manifest, images, rows);
      await writeFooter(file, { key, root, size, rows });
      await renameFile(temporary, path);
      return { file: await open(path, "r"), rows };
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    // A terminal sends Ctrl-C to the decoding process too: its end is then not the fault.
    signal?.throwIfAborted();
    throw explain(error as NodeJS.ErrnoException, folder, bytes);
  }
}

async function prepareFolder(folder: string, bytes: number): Promise<Stats> {
  const found = await makePrivateFolder(folder);
  await removeDeadTemporaries(folder);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  return found;
}

function explain(error: NodeJS.ErrnoException, folder: string, bytes: number): Error {
  if (lacksSpace(error)) {
    return new InputError(
      `The cache folder ${folder} lacks room for ${Math.ceil(bytes / 2 ** 20)} MiB of decoded images: free some space or set PULMO_CACHE to another folder.`,
    );
  }
  if (error.code && ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENOENT"].includes(error.code)) {
    return unwritableCache(folder, error);
  }
  return error;
}
