// The pixel cache's format:
//
//   rows * rowBytes   pixels, row i at i * rowBytes, in the manifest's order (train, val, test); an unreadable file's row is a hole
//   jsonBytes         the Footer below
//   4                 jsonBytes, u32 little-endian
//   4                 CRC-32 of the JSON, u32 little-endian
//   8                 "PULMOPX1"
//
// The footer is written last, so that a file which has one was finished. Opening checks length, magic, the footer's CRC and the
// key, in milliseconds; the pixels' own CRCs (21 us a row of 224 x 224) are checked whenever a row is read.
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import * as v from "valibot";
import { checkJson } from "../node/check-json.js";
import type { DecodedRow } from "../node/decode-rows.js";
import { openRegular, readFully, writeFully } from "../node/files.js";
import type { ImageFile } from "./types.js";

/** Raise it when decoding or resizing gives other pixels or rows tell more: older caches are then rebuilt. */
const PREPROCESSING = 4;
const MAGIC = Buffer.from("PULMOPX1");
const TAIL_BYTES = 16;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const row = v.pipe(
  v.object({
    crc: count,
    original: v.exactOptional(v.object({ width: count, height: count, sha256: v.string() })),
    frames: v.exactOptional(count),
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

/** What the pixels depend on: the files' names, sizes and times (or their archive), the edge length and the preprocessing. */
export function cacheKey(images: ImageFile[], size: number): string {
  const files = images.map(({ file, bytes, mtimeMs, archive }) => [file, bytes, archive ?? mtimeMs]);
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

/** Null when there is no such file, or it is not the finished cache of this key with so many `images`, or it lacks a file which may be readable now. */
export async function openCacheFile(path: string, key: string, images: number): Promise<OpenCache | null> {
  const file = await openRegular(path).catch(() => null);
  if (!file) return null;
  const found = await readFooter(file);
  if (found?.key === key && found.rows.length === images && !found.rows.some(({ transient }) => transient)) {
    // Tells which caches are used. One that belongs to somebody else, or cannot be written, keeps its time.
    const now = new Date();
    await file.utimes(now, now).catch(() => {});
    return { file, rows: found.rows };
  }
  await file.close();
  return null;
}

/** What a cache file holds; nulls where it is not one. */
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
