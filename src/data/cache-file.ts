// The format of the pixel cache:
//
//   rows * rowBytes   pixels: row i at i * rowBytes, in the order of the manifest (train, val, test); a hole for an unreadable file
//   jsonBytes         the Footer below
//   4                 jsonBytes, u32 little-endian
//   4                 CRC-32 of the JSON, u32 little-endian
//   8                 "PULMOPX1"
//
// The footer is written last, so a file with a footer is complete. Opening checks length, magic, key and the CRC of the footer,
// in milliseconds. The CRC of a row (21 us for 224 x 224) is checked whenever the row is read.
import { createHash } from "node:crypto";
import { type FileHandle, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import * as v from "valibot";
import { checkJson } from "../node/check-json.js";
import type { DecodedRow } from "../node/decode-rows.js";
import { openRegular, readFully, writeFully } from "../node/files.js";
import { fileModeIn, isOwn, isTrusted } from "../node/shared-folders.js";
import { contentOf } from "./content.js";
import type { ImageFile } from "./types.js";

/** Increase it when decoding or resizing gives other pixels, or when rows get more fields: older caches are then rebuilt. */
const PREPROCESSING = 7;
const MAGIC = Buffer.from("PULMOPX1");
const TAIL_BYTES = 16;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const row = v.pipe(
  v.object({
    crc: count,
    original: v.exactOptional(v.object({ width: count, height: count, sha256: v.string() })),
    notes: v.exactOptional(v.array(v.string())),
    otherPart: v.exactOptional(v.string()),
    unreadable: v.exactOptional(v.string()),
    transient: v.exactOptional(v.boolean()),
  }),
  v.check(({ original, unreadable }) => original !== undefined || Boolean(unreadable)),
) satisfies v.GenericSchema<unknown, DecodedRow>;
/** Checked in full, because a folder of caches may be shared. */
const footer = v.object({
  key: v.string(),
  /** The dataset that the cache was made from. */
  root: v.string(),
  size: count,
  rows: v.array(row),
});
type Footer = v.InferOutput<typeof footer>;

/** A cache file open for reading. */
export interface OpenCache {
  file: FileHandle;
  rows: DecodedRow[];
}

/** A hash of all that the pixels depend on: names and content of the files (or their archive), edge length, preprocessing. */
export function cacheKey(images: ImageFile[], size: number): string {
  const files = images.map((image) => [image.file, contentOf(image)]);
  return createHash("sha256")
    .update(JSON.stringify([PREPROCESSING, size, files]))
    .digest("hex");
}

export async function writeFooter(file: FileHandle, footer: Footer): Promise<void> {
  const json = Buffer.from(JSON.stringify(footer));
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(json.length, 0);
  tail.writeUInt32LE(crc32(json), 4);
  MAGIC.copy(tail, 8);
  await writeFully(file, Buffer.concat([json, tail]), footer.rows.length * footer.size ** 2 * 3);
}

/**
 * Null if there is no such file, if it is not a complete cache with this key and number of `images`, or if an image that could not
 * be read may be readable now.
 */
export async function openCacheFile(path: string, key: string, images: number): Promise<OpenCache | null> {
  const file = await openRegular(path).catch(() => null);
  if (!file) return null;
  const found = await readOwnFooter(file, path);
  if (found?.key === key && found.rows.length === images && !found.rows.some(({ transient }) => transient)) {
    // The time shows which caches are in use. A cache of another user, or on a read-only disk, keeps its time.
    const now = new Date();
    await file.utimes(now, now).catch(() => {});
    await closeToOthers(file, path);
    return { file, rows: found.rows };
  }
  await file.close();
  return null;
}

async function readOwnFooter(file: FileHandle, path: string): Promise<Footer | null> {
  return (await isTrusted(path, await file.stat())) ? readFooter(file) : null;
}

/** An older version made files that all users can read. */
async function closeToOthers(file: FileHandle, path: string): Promise<void> {
  const [found, caches] = await Promise.all([file.stat(), stat(dirname(path))]);
  const mode = fileModeIn(caches);
  if (isOwn(found) && (found.mode & 0o777 & ~mode) !== 0) await file.chmod(mode).catch(() => {});
}

/** The facts in the footer; null for each if the file is not a cache. */
export async function readFacts(path: string): Promise<{ root: string | null; images: number | null; size: number | null }> {
  const file = await openRegular(path).catch(() => null);
  const found = file && (await readFooter(file).catch(() => null));
  await file?.close();
  return { root: found?.root ?? null, images: found?.rows.length ?? null, size: found?.size ?? null };
}

async function readFooter(file: FileHandle): Promise<Footer | null> {
  const { size: fileBytes } = await file.stat();
  const tail = await readAt(file, TAIL_BYTES, fileBytes - TAIL_BYTES);
  if (!tail?.subarray(8).equals(MAGIC)) return null;
  const jsonBytes = tail.readUInt32LE(0);
  const payload = fileBytes - TAIL_BYTES - jsonBytes;
  const json = await readAt(file, jsonBytes, payload);
  if (!json || crc32(json) !== tail.readUInt32LE(4)) return null;
  const found = checkJson(footer, json.toString());
  return "value" in found && found.value.rows.length * found.value.size ** 2 * 3 === payload ? found.value : null;
}

async function readAt(file: FileHandle, bytes: number, position: number): Promise<Buffer | null> {
  if (position < 0) return null;
  const buffer = Buffer.alloc(bytes);
  return (await readFully(file, buffer, position)) ? buffer : null;
}
