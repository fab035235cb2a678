// Unpacks a zip archive on disk. Reads the directory at the file's end first, then one entry after another, in pieces.
import { closeSync } from "node:fs";
import { open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { bisectRight } from "d3-array";
import { type Entry, fromFdPromise, type LocalFileHeader, parseExtraFields, validateFileName, type ZipFile } from "yauzl";
import { checkTotal, MOST_DEFLATED } from "../core/archive-bounds.js";
import { InputError } from "../core/errors.js";
import { asClause } from "../core/known-file.js";
import { FormatError } from "../core/tensors.js";
import { isKorean } from "../core/text.js";
import { lacksSpace, openRegularSync } from "./files.js";
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
  const layout = await readLayout(archive, most, signal);
  const zip = await openArchive(archive);
  try {
    let done = 0;
    let total = 0;
    let space: number | undefined;
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const content = () => openContent(zip, entry, layout);
      const path = await place(nameOf(entry), (bytes) => readBeginning(content, bytes));
      if (path !== undefined) {
        const size = entry.uncompressedSize;
        total += size;
        if (size > most.bytes) throw new FormatError(`${shown(entry)} is larger than ${most.bytes} bytes`);
        if (total > most.total) throw new FormatError(`it unpacks to more than ${most.total} bytes`);
        space ??= await freeSpace(dirname(path));
        if (total > space) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        await unpackEntry(content, entry, path);
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

/** Free space that unpacking leaves to others. */
const RESERVE = 2 ** 28;

/** In bytes, without the reserve. */
async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize - RESERVE;
}

/** Where each entry's header begins, in order, and the end of the file: no entry may pass the next number. */
type Layout = number[];

/** Throws a FormatError; errors of the system are passed on. */
async function openArchive(path: string): Promise<ZipFile> {
  let file: number | undefined;
  try {
    file = openRegularSync(path);
    return await fromFdPromise(file, { autoClose: true });
  } catch (error) {
    if (file !== undefined) closeSync(file);
    return asFormatError(error as Error);
  }
}

/** Bytes of a local header without its name. */
const LOCAL_HEADER = 30;
const DEFLATED = 8;

/**
 * Reads the directory. Throws a FormatError if entries share bytes or a name, or if they are more than the archive can hold. Their
 * local headers, and so the exact ends, are read by openContent.
 */
async function readLayout(archive: string, most: UnpackingLimits, signal: AbortSignal | undefined): Promise<Layout> {
  const zip = await openArchive(archive);
  try {
    if (zip.entryCount > most.entries) throw new FormatError(`it has ${zip.entryCount} entries`);
    const names = new Set<string>();
    const parts: { start: number; end: number }[] = [];
    let total = 0;
    let held = 0;
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const { relativeOffsetOfLocalHeader: start, compressedSize, uncompressedSize, fileNameRaw, compressionMethod } = entry;
      const name = nameOf(entry);
      if (names.has(name)) throw new FormatError(`${shown(entry)} is there more than once`);
      names.add(name);
      if (compressionMethod === DEFLATED && uncompressedSize > MOST_DEFLATED * compressedSize) {
        throw new FormatError(`${shown(entry)} states a size that it cannot have`);
      }
      total += uncompressedSize;
      const bytes = LOCAL_HEADER + fileNameRaw.length + compressedSize;
      held += bytes;
      // Found early, if many entries share the same bytes.
      if (held > zip.fileSize) throw new FormatError(OVERLAP);
      parts.push({ start, end: start + bytes });
    }
    checkTotal(total, zip.fileSize);
    parts.sort((a, b) => a.start - b.start);
    const starts = [...parts.map(({ start }) => start), zip.fileSize];
    if (parts.some(({ end }, i) => end > starts[i + 1])) throw new FormatError(OVERLAP);
    return starts;
  } catch (error) {
    signal?.throwIfAborted();
    asFormatError(error as Error);
  } finally {
    zip.close();
  }
}

const OTHER_METHOD = "its files are not compressed with Deflate, the usual method: pack them again";
const OVERLAP = "its files overlap: two of them share bytes of the archive";

/** General purpose bit 3: sizes and CRC-32 follow the data. */
const SIZES_FOLLOW = 0x8;
/** Of the extra field with the values that are 0xffffffff elsewhere (APPNOTE 6.3.10, 4.5.3). */
const ZIP64 = 0x0001;
const IN_ZIP64 = 0xffffffff;

/** The sizes in a local header. Its Zip64 field has those that are 0xffffffff, the uncompressed one first. */
function sizesIn({ compressedSize, uncompressedSize, extraField }: LocalFileHeader) {
  const fields = [compressedSize, uncompressedSize].includes(IN_ZIP64) ? parseExtraFields(extraField) : [];
  const data = fields.find(({ id }) => id === ZIP64)?.data ?? Buffer.alloc(0);
  let at = 0;
  const size = (own: number): number => {
    if (own !== IN_ZIP64 || data.length < at + 8) return own;
    at += 8;
    return Number(data.readBigUInt64LE(at - 8));
  };
  return { uncompressed: size(uncompressedSize), compressed: size(compressedSize) };
}

/**
 * The content of an entry. Throws a FormatError if its local header contradicts the directory: programs that read an archive from its
 * beginning would see another file.
 */
async function openContent(zip: ZipFile, entry: Entry, layout: Layout) {
  if (entry.isEncrypted()) throw new FormatError(PASSWORD);
  if (!entry.canDecodeFileData()) throw new FormatError(OTHER_METHOD);
  const local = await zip.readLocalFileHeaderPromise(entry);
  const { fileName, generalPurposeBitFlag, compressionMethod, fileDataStart } = local;
  const { compressed, uncompressed } = sizesIn(local);
  const agrees = (own: number, listed: number) => generalPurposeBitFlag & SIZES_FOLLOW || own === listed;
  if (
    !entry.fileNameRaw.equals(fileName) ||
    compressionMethod !== entry.compressionMethod ||
    !agrees(compressed, entry.compressedSize) ||
    !agrees(uncompressed, entry.uncompressedSize)
  ) {
    throw new FormatError(`${shown(entry)} has another name, size or method in its own header than in the directory`);
  }
  if (fileDataStart + entry.compressedSize > layout[bisectRight(layout, entry.relativeOffsetOfLocalHeader)])
    throw new FormatError(OVERLAP);
  return zip.openReadStreamPromise(entry);
}

type Content = () => ReturnType<typeof openContent>;

async function readBeginning(open: Content, bytes: number): Promise<Uint8Array> {
  const content = await open();
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

async function unpackEntry(openEntry: Content, entry: Entry, path: string): Promise<void> {
  const file = await open(path, "wx").catch((error) => {
    throw error.code === "EEXIST" ? new FormatError(`${shown(entry)} is there more than once`) : error;
  });
  try {
    let crc = 0;
    // The loop begins as soon as the stream is there: one that fails before would be waited for without end.
    for await (const piece of await openEntry()) {
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
  [/encrypt/, PASSWORD],
  [/^multi-disk/, "it is one part of an archive in several parts: join or extract them first"],
];
