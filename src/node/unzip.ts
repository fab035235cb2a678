// Unpacks a zip archive on disk. Reads the directory at the file's end first, then one entry after another, in pieces.
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, validateFileName, type ZipFile } from "yauzl";
import { InputError } from "../core/errors.js";
import { asClause } from "../core/known-file.js";
import { FormatError } from "../core/tensors.js";
import { isKorean } from "../core/text.js";
import { lacksSpace } from "./files.js";
import { knownFileAt } from "./known-file.js";

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
 * Throws a FormatError if the archive is damaged, needs a password or exceeds a limit. Errors of the system are passed on. The folders returned by
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
      const path = await place(nameOf(entry), (bytes) => readBeginning(zip, entry, bytes));
      if (path !== undefined) {
        if (entry.isEncrypted()) throw new FormatError(PASSWORD);
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
  if (entry.isEncrypted()) throw new FormatError(PASSWORD);
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

const PASSWORD = "it is protected by a password";

const UTF8_FLAG = 0x800;
/** Info-ZIP's extra field with the name in UTF-8. */
const UNICODE_PATH = 0x7075;

/**
 * The entry's name, with forward slashes. Names without a mark of their encoding should be CP437 (APPNOTE 6.3.10, appendix D), but
 * macOS writes UTF-8, and Korean Windows CP949.
 */
function nameOf(entry: Entry): string {
  const { fileName, fileNameRaw, generalPurposeBitFlag, extraFields } = entry;
  if (generalPurposeBitFlag & UTF8_FLAG || extraFields.some(({ id }) => id === UNICODE_PATH)) return fileName;
  const name = unmarkedName(fileNameRaw)?.replaceAll("\\", "/");
  if (name === undefined) return fileName;
  const fault = validateFileName(name);
  if (fault) throw new FormatError(fault);
  return name;
}

/** Undefined: CP437. */
function unmarkedName(raw: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(raw);
  } catch {
    return isKorean(raw) ? new TextDecoder("euc-kr").decode(raw) : undefined;
  }
}

/** Rethrows an error of unpackZip as an InputError that names the archive. */
export async function refuseArchive(archive: string, error: Error & { code?: string }): Promise<never> {
  if (lacksSpace(error)) {
    throw new InputError(`The cache folder has no space for the images of ${archive}: set PULMO_CACHE to another folder.`);
  }
  const why = error instanceof FormatError ? error.message : error.code;
  if (why === undefined) throw error;
  if (why === PASSWORD) throw new InputError(`${archive} is protected by a password: extract it, and name the folder.`);
  const known = await knownFileAt(archive);
  if (known && known.kind !== "a zip archive") throw new InputError(`${archive} is no zip archive: it is ${asClause(known)}.`);
  throw new InputError(`${archive} is not a readable zip archive (${why}): check the file.`);
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
  const [, why = error.message] = FAULTS.find(([message]) => message.test(error.message)) ?? [];
  throw new FormatError(why);
}

/** For the commonest of yauzl's messages. */
const FAULTS: [RegExp, string][] = [
  [/^End of central directory/, "its directory is missing: it is cut short, or no zip archive"],
  [/^Invalid comment length/, "other bytes follow its end"],
  [/^invalid central directory/, "its directory is damaged, or other bytes precede the archive"],
  [/^unsupported compression method/, "its files are not compressed with Deflate, the usual method: pack them again"],
  [/encrypt/, PASSWORD],
  [/^multi-disk/, "it is one part of an archive in several parts: join or extract them first"],
];
