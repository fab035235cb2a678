// A Piscina worker: decodes a run of files and writes each row of pixels at its place in the cache file.
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage } from "./decode.js";
import { type DecodedRow, decodeRows, type RowsTask } from "./decode-rows.js";
import { makeResizer } from "./resizer.js";

export interface DecodeTask extends RowsTask {
  /** The files' names are relative to it. */
  root: string;
  size: number;
}

// One thread an image: the pool is the parallelism. Nothing is decoded twice, so libvips has nothing to cache.
sharp.concurrency(1);
sharp.cache(false);

/** A pool serves one request, which has one size. */
let resize: ReturnType<typeof makeResizer> | undefined;

export default function decodeFiles({ root, size, ...task }: DecodeTask): Promise<DecodedRow[]> {
  resize ??= makeResizer(size);
  return decodeRows(task, (file) => decodeImage(join(root, file)), resize);
}
