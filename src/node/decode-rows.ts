// From images to rows of the pixel cache, whatever the images come from.
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { InputError } from "../core/errors.js";
import type { Pixels } from "../core/resize.js";
import type { Original } from "../image/original.js";
import type { DecodedImage } from "./decode.js";
import { writeFully } from "./files.js";

export interface RowsTask {
  /** File i goes to row firstRow + i of the cache file. */
  files: string[];
  firstRow: number;
  cacheFile: string;
}

export interface DecodedRow {
  /** CRC-32 of the row's pixels; 0 for an unreadable file, whose row stays empty. */
  crc: number;
  original?: Original;
  /** Where the file holds more than one: how many. The row is the first one's. */
  frames?: number;
  unreadable?: string;
  /** The system refused the file (permissions, I/O): it may be readable next time. */
  transient?: boolean;
}

/** Reads each file, resizes it and writes its row at its place. `resize` gives rows of one length. */
export async function decodeRows(
  { files, firstRow, cacheFile }: RowsTask,
  read: (file: string) => Promise<DecodedImage>,
  resize: (image: Pixels) => Uint8Array,
): Promise<DecodedRow[]> {
  const cache = await open(cacheFile, "r+");
  try {
    const rows: DecodedRow[] = [];
    for (const [i, file] of files.entries()) {
      const image = await read(file).catch(asUnreadable);
      if ("crc" in image) {
        rows.push(image);
        continue;
      }
      const pixels = resize(image);
      await writeFully(cache, pixels, (firstRow + i) * pixels.length);
      const { width, height, sha256, frames = 1 } = image;
      rows.push({ crc: crc32(pixels), original: { width, height, sha256 }, ...(frames > 1 && { frames }) });
    }
    return rows;
  } finally {
    await cache.close();
  }
}

/** An error with a code is the system's: the file may be readable next time. An InputError is about more than one image. */
function asUnreadable(error: NodeJS.ErrnoException): DecodedRow {
  if (error instanceof InputError) throw error;
  const unreadable = error.message;
  return error.code === undefined ? { crc: 0, unreadable } : { crc: 0, unreadable, transient: true };
}
