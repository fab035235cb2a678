// A Piscina worker: decodes a run of files and writes each row of pixels at its place in the cache file.
import { open } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { createResizer } from "../core/resize.js";
import type { Original } from "../data/types.js";
import { decodeImage } from "./decode.js";
import { compileKernels, instantiateKernels } from "./variant.js";

export interface DecodeTask {
  root: string;
  /** Relative to root; file i goes to row firstRow + i of the cache file. */
  files: string[];
  firstRow: number;
  size: number;
  cacheFile: string;
}

export interface DecodedRow {
  /** CRC-32 of the row's pixels; 0 for an unreadable file, whose row stays empty. */
  crc: number;
  original?: Original;
  unreadable?: string;
  /** The system refused the file (permissions, I/O): it may be readable next time. */
  transient?: boolean;
}

/** 512 MiB: the largest image decodeImage lets through (100 megapixels) and the pass between. */
const MAX_PAGES = 8192;

// One thread an image: the pool is the parallelism. Nothing is decoded twice, so libvips has nothing to cache.
sharp.concurrency(1);
sharp.cache(false);

const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
const kernels = instantiateKernels(compileKernels("simd"), memory);

export default async function decodeFiles({ root, files, firstRow, size, cacheFile }: DecodeTask): Promise<DecodedRow[]> {
  const resize = createResizer(kernels, memory, size);
  const rowBytes = size * size * 3;
  const cache = await open(cacheFile, "r+");
  try {
    const rows: DecodedRow[] = [];
    for (const [i, file] of files.entries()) {
      const image = await decodeImage(join(root, file)).catch(asUnreadable);
      if ("crc" in image) {
        rows.push(image);
        continue;
      }
      const pixels = resize(image);
      await writeFully(cache, pixels, (firstRow + i) * rowBytes);
      const { width, height, sha256 } = image;
      rows.push({ crc: crc32(pixels), original: { width, height, sha256 } });
    }
    return rows;
  } finally {
    await cache.close();
  }
}

/** An error with a code is the system's: the file may be readable next time. */
function asUnreadable(error: NodeJS.ErrnoException): DecodedRow {
  const unreadable = error.message;
  return error.code === undefined ? { crc: 0, unreadable } : { crc: 0, unreadable, transient: true };
}

async function writeFully(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
