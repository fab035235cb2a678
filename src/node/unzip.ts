// Unpacks a zip archive from disk to disk. Its directory, at the file's end, is read first; then an entry at a time, piece by piece.
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { FormatError } from "../core/tensors.js";

export interface Unpacking {
  archive: string;
  /** The file that an entry becomes; undefined: none. */
  place(name: string): string | undefined;
  most: UnpackingLimits;
  signal?: AbortSignal | undefined;
  onProgress(done: number, entries: number): void;
}

export interface UnpackingLimits {
  entries: number;
  /** Of one file. */
  bytes: number;
  /** Of all files together. */
  total: number;
}

/**
 * Throws FormatError where the archive is not what it should be, and the system's errors as they are. The folders that `place`
 * names must be there; no file is written over. yauzl holds every entry to the size that the directory claims.
 */
export async function unpackZip({ archive, place, most, signal, onProgress }: Unpacking): Promise<void> {
  const zip = await openPromise(archive).catch(asFormatError);
  try {
    if (zip.entryCount > most.entries) throw new FormatError(`it claims ${zip.entryCount} entries`);
    let done = 0;
    let total = 0;
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const path = place(entry.fileName);
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

async function unpackEntry(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  const content = await zip.openReadStreamPromise(entry);
  // It may fail before the loop below listens, which is then told all the same.
  content.on("error", () => {});
  const file = await open(path, "wx").catch((error) => {
    content.destroy();
    throw error.code === "EEXIST" ? new FormatError(`${shown(entry)} is there twice`) : error;
  });
  try {
    let crc = 0;
    for await (const piece of content) {
      crc = crc32(piece, crc);
      await file.writeFile(piece);
    }
    if (crc !== entry.crc32) throw new FormatError(`${shown(entry)} is damaged: its CRC-32 is another`);
  } finally {
    await file.close();
  }
}

const shown = ({ fileName }: Entry): string => JSON.stringify(fileName.slice(0, 100));

/** yauzl's own complaints have no code, zlib's begin with Z_. */
function asFormatError(error: Error & { code?: string }): never {
  if (error instanceof FormatError || (error.code && !error.code.startsWith("Z_"))) throw error;
  throw new FormatError(error.message);
}
