// The images that `predict` scores: files and the content of zip archives; all of them, or every n-th.
import { createHash } from "node:crypto";
import { mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { InputError } from "../../core/errors.js";
import { knownCacheDir, makeCacheDir, removeDeadTemporaries, UNZIPPED } from "../../data/cache-folder.js";
import { sha256OfFile } from "../../data/content.js";
import { type Beginning, imageEntry } from "../../data/images-among.js";
import { isSystemName } from "../../data/system-names.js";
import { MAX_FILE_BYTES } from "../../image/bounds.js";
import type { ImageFormat } from "../../image/magic.js";
import { removeAtExit } from "../../node/files.js";
import type { Unpacking } from "../../node/unzip.js";
import { refuseTemporaryFolder } from "../../node/write-errors.js";
import { temporaryName } from "../../node/writers.js";
import type { Shard } from "./shards.js";

export interface ImagesToScore {
  /** `paths` are on disk. `names` are for output; an image in an archive is called "ward.zip/a/b.png". */
  paths: string[];
  names: string[];
  /** The names of all images, not only of this shard, and their hash in order. */
  all: string[];
  listSha256: string;
  /**
   * For a shard: hash of the sizes and modification times (s) of the given files, and of the content of a few. Shards notice by it that
   * images were replaced.
   */
  statsSha256: string | undefined;
  /** Files in archives that are no images. */
  leftOut: string[];
  /** The formats of files in archives that were identified by their content. */
  formats: ImageFormat[];
  /** For a shard: throws an InputError if the given files are not those of statsSha256 any more. */
  checkUnchanged(): Promise<void>;
  /** Removes the unpacked files. */
  close(): Promise<void>;
}

/** Enough for a million images of 64 KiB. */
const MOST = { entries: 2_000_000, bytes: MAX_FILE_BYTES, total: 2 ** 36 };
const isArchive = (path: string): boolean => extname(path).toLowerCase() === ".zip";

/** Only the shard's images of an archive are unpacked, into the cache folder. */
export async function imagesToScore(files: string[], shard?: Shard): Promise<ImagesToScore> {
  const { index, of } = shard ?? { index: 0, of: 1 };
  const list = createHash("sha256");
  const statsSha256 = shard && (await hashOfStats(files));
  const [paths, names]: [string[], string[]] = [[], []];
  const all: string[] = [];
  const leftOut: string[] = [];
  const formats: ImageFormat[] = [];
  /** Counts an image; true if it belongs to the shard. */
  const take = (name: string): boolean => {
    list.update(`${name}\n`);
    return (all.push(name) - 1) % of === index;
  };
  const archives = files.some(isArchive);
  const cache = knownCacheDir();
  const folder = temporaryName(join(cache ?? tmpdir(), UNZIPPED));
  const forget = archives ? removeAtExit(folder) : () => {};
  const close = async () => {
    if (archives) await rm(folder, { recursive: true, force: true });
    forget();
  };
  if (archives) {
    await removeDeadTemporaries(cache === undefined ? tmpdir() : await makeCacheDir());
    await mkdir(folder, { mode: 0o700 }).catch(cache === undefined ? refuseTemporaryFolder : undefined);
  }
  const place = (archive: string) => async (entry: string, beginning: Beginning) => {
    if (entry.endsWith("/") || entry.split("/").some(isSystemName)) return undefined;
    const name = `${archive}/${entry}`;
    const told = await imageEntry(entry, beginning);
    if (told === undefined) return void leftOut.push(name);
    if (told !== "named") formats.push(told);
    if (!take(name)) return undefined;
    const [ending = ""] = /\.\w+$/.exec(entry) ?? [];
    const path = join(folder, `${paths.length}${ending}`);
    paths.push(path);
    names.push(name);
    return path;
  };
  try {
    for (const file of files) {
      if (isArchive(file)) await unpack(file, place(file));
      else if (take(file)) {
        paths.push(file);
        names.push(file);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  const checkUnchanged = async () => {
    if (statsSha256 !== undefined && (await hashOfStats(files)) !== statsSha256)
      throw new InputError("Images were changed while this shard was scored: score it again when they are complete.");
  };
  return { paths, names, all, listSha256: list.digest("hex"), statsSha256, leftOut, formats, checkUnchanged, close };
}

/** Files asked for at a time. */
const LANES = 64;
/** Files of which every shard reads the content: copies of other images may have equal names, sizes and times. */
const SAMPLE = 8;

async function hashOfStats(files: string[]): Promise<string> {
  const hash = createHash("sha256");
  for (let first = 0; first < files.length; first += LANES) {
    const some = files.slice(first, first + LANES).map((file) => stat(file).catch(() => undefined));
    for (const found of await Promise.all(some))
      hash.update(found ? `${found.size} ${Math.floor(found.mtimeMs / 1000)}\n` : "-\n");
  }
  const step = Math.max(1, Math.ceil(files.length / SAMPLE));
  for (let i = 0; i < files.length; i += step) hash.update(`${await sha256OfFile(files[i])}\n`);
  return hash.digest("hex");
}

async function unpack(archive: string, place: Unpacking["place"]): Promise<void> {
  const { refuseArchive, unpackZip } = await import("../../node/unzip.js");
  await unpackZip({ archive, place, most: MOST, onProgress() {} }).catch((error) => refuseArchive(archive, error));
}
