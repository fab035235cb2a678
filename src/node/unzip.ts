// Unpacks a zip archive on disk. Reads the directory at the file's end first, then one entry after another, in pieces.
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { FormatError } from "../core/tensors.js";

export interface Unpacking {
  archive: string;
  /** Target path of an entry; undefined: skip it. `beginning` reads its first bytes, at most as many as asked for. */
  place(name: string, beginning: (bytes: number) => Promise<Uint8Array>): string | undefined | Promise<string | undefined>;
  most: UnpackingLimits;
  signal?: AbortSignal | undefined;
  onProgress(done: number, entries: number): void;
}

export interface UnpackingLimits {
  entries: number;
  /** Maximum size of one file. */
  bytes: number;
  /** Maximum size of all files together. */
  total: number;
}

/**
 * Throws a FormatError if the archive is damaged or exceeds a limit. Errors of the system are passed on. The folders returned by
 * `place` must exist; existing files are not overwritten. yauzl checks every entry against the size in the directory.
 */
export async function unpackZip({ archive, place, most, signal, onProgress }: Unpacking): Promise<void> {
  const zip = await openPromise(archive).catch(asFormatError);
  try {
    if (zip.entryCount > most.entries) throw new FormatError(`it has ${zip.entryCount} entries`);
    let done = 0;
    let total = 0;
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const path = await place(entry.fileName, (bytes) => readBeginning(zip, entry, bytes));
      if (path !== undefined) {
        total += entry.uncompressedSize;
        if (entry.uncompressedSize > most.bytes) throw new FormatError(`${shown(entry)} is larger than ${most.bytes} bytes`);
        if (total > most.total) throw new FormatError(`it unpacks to more than ${most.total} bytes`);
        await unpackEntry(zip, entry, path);
      }
      onProgress(++done, zip.entryCount);
    }
  } catch (error) {
    signal?.throwIfAborted();
    asFormatError(error as Error);
  } finally {
    zip.close();
  }
}

async function readBeginning(zip: ZipFile, entry: Entry, bytes: number): Promise<Uint8Array> {
  const content = await zip.openReadStreamPromise(entry);
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(pieces).subarray(0, bytes);
}

async function unpackEntry(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  const content = await zip.openReadStreamPromise(entry);
  // The stream may fail before the loop below listens. The loop still receives the error.
  content.on("error", () => {});
  const file = await open(path, "wx").catch((error) => {
    content.destroy();
    throw error.code === "EEXIST" ? new FormatError(`${shown(entry)} is there more than once`) : error;
  });
  try {
    let crc = 0;
    for await (const piece of content) {
      crc = crc32(piece, crc);
      await file.writeFile(piece);
    }
    if (crc !== entry.crc32) throw new FormatError(`${shown(entry)} is damaged: its CRC-32 does not match`);
  } finally {
    await file.close();
  }
}

const shown = ({ fileName }: Entry): string => JSON.stringify(fileName.slice(0, 100));

/** Errors of yauzl have no code; codes of zlib start with Z_. */
function asFormatError(error: Error & { code?: string }): never {
  if (error instanceof FormatError || (error.code && !error.code.startsWith("Z_"))) throw error;
  throw new FormatError(error.message);
}
