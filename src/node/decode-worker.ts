// A Piscina worker: decodes a group of files and writes each row of pixels to its position in the cache file.
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage } from "./decode.js";
import { type DecodedRow, decodeRows, type RowsTask } from "./decode-rows.js";
import { makeResizer } from "./resizer.js";

export interface DecodeTask extends RowsTask {
  /** The file names are relative to this folder. */
  root: string;
  size: number;
}

// One thread per image, because the pool is parallel. Every image is decoded once, so libvips needs no cache.
sharp.concurrency(1);
sharp.cache(false);

/** A pool serves one request, so all images have one size. */
let resize: ReturnType<typeof makeResizer> | undefined;

export default function decodeFiles({ root, size, ...task }: DecodeTask): Promise<DecodedRow[]> {
  resize ??= makeResizer(size);
  return decodeRows(task, (file) => decodeImage(join(root, file)), resize);
}
