// Converts images from any source to rows of the pixel cache.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { InputError } from "../core/errors.js";
import type { Pixels } from "../core/resize.js";
import { noted } from "../image/notes.js";
import type { Original } from "../image/original.js";
import { acceptPart, type Subject } from "../image/other-part.js";
import { scorable } from "../image/scorable.js";
import type { DecodedImage } from "./decode.js";
import { writeFully } from "./files.js";
import { readReasonOf } from "./read-errors.js";

export interface RowsTask {
  /** File i is written to row firstRow + i of the cache file. */
  files: string[];
  firstRow: number;
  cacheFile: string;
}

export interface DecodedRow extends Subject {
  /** CRC-32 of the row's pixels; 0 for an unreadable file, whose row stays empty. */
  crc: number;
  original?: Original;
  unreadable?: string;
  /** True if the system failed to read the file (permissions, I/O): it may be readable later. */
  transient?: boolean;
}

/** Reads and resizes each file and writes its row. All rows of `resize` have the same length. */
export async function decodeRows(
  { files, firstRow, cacheFile }: RowsTask,
  read: (file: string) => Promise<DecodedImage>,
  resize: (image: Pixels) => Uint8Array,
): Promise<DecodedRow[]> {
  // Another user of the folder may put a link in the file's place.
  const cache = await open(cacheFile, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
  try {
    const rows: DecodedRow[] = [];
    for (const [i, file] of files.entries()) {
      const image = await read(file).then(scorable).catch(asUnreadable);
      if ("crc" in image) {
        rows.push(image);
        continue;
      }
      const pixels = resize(image);
      await writeFully(cache, pixels, (firstRow + i) * pixels.length);
      const { width, height, sha256, notes = [], otherPart } = image;
      rows.push({ crc: crc32(pixels), original: { width, height, sha256 }, ...noted(notes), ...(otherPart && { otherPart }) });
    }
    return rows;
  } finally {
    await cache.close();
  }
}

/** An error with a code comes from the system: the file may be readable later. An InputError concerns more than one image. */
function asUnreadable(error: NodeJS.ErrnoException): DecodedRow {
  if (error instanceof InputError) throw error;
  const unreadable = readReasonOf(error);
  return error.code === undefined ? { crc: 0, unreadable } : { crc: 0, unreadable, transient: true };
}

/** The record of an image to use: one of another body part counts as unreadable, unless `anyBodyPart`. */
export function acceptRow(row: DecodedRow, anyBodyPart: boolean): DecodedRow {
  try {
    return acceptPart(row, anyBodyPart);
  } catch (error) {
    return asUnreadable(error as Error);
  }
}
