// safetensors files: written atomically and read tensor by tensor, never completely in memory.
import { crc32 } from "node:zlib";
import { InputError } from "../core/errors.js";
import { headerBytes, PREFIX_BYTES, parseHeader, type TensorFile, writeHeader } from "../core/safetensors.js";
import { FormatError, type StoredTensor } from "../core/tensors.js";
import { createFileAtomic, openRegular, readFully, refuseUnreadable } from "../node/files.js";

/** A tensor whose bytes are produced in parts, while they are written. */
export interface TensorSource extends Pick<StoredTensor, "dtype" | "shape"> {
  parts(): Iterable<Uint8Array>;
}

/** A metadata entry of files that only pulmo reads: CRC-32 of the whole file with zeros in place of this entry. */
const DIGEST = "pulmo.crc32";
const NO_DIGEST = "00000000";
const hex = (crc: number): string => crc.toString(16).padStart(NO_DIGEST.length, "0");

export async function writeSafetensors(path: string, { tensors, metadata }: TensorFile): Promise<void> {
  const sources = [...tensors].map(
    ([name, tensor]) => [name, { dtype: tensor.dtype, shape: tensor.shape, parts: () => [tensor.data] }] as const,
  );
  await writeTensors(path, new Map(sources), metadata);
}

/** `withDigest`: reading the file then detects damage anywhere in it. */
export async function writeTensors(
  path: string,
  tensors: Map<string, TensorSource>,
  metadata: Record<string, string>,
  withDigest = false,
): Promise<void> {
  const file = await createFileAtomic(path);
  // The digest is known at the end, and a stream has no way back to its header.
  const digested = withDigest && file.rewrite !== undefined;
  const header = (digest: string) => writeHeader(tensors, digested ? { ...metadata, [DIGEST]: digest } : metadata);
  try {
    const blank = header(NO_DIGEST);
    await file.write(blank);
    let crc = crc32(blank);
    for (const tensor of tensors.values()) {
      for (const part of tensor.parts()) {
        if (digested) crc = crc32(part, crc);
        await file.write(part);
      }
    }
    if (digested) await file.rewrite?.(header(hex(crc)));
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Reads tensors on demand. */
export interface TensorReader {
  entries: Map<string, Pick<StoredTensor, "dtype" | "shape">>;
  /** Bytes of a tensor, from `from` to before `to`. */
  read(name: string, from?: number, to?: number): Promise<Uint8Array>;
}

/** A file that has been opened and whose header has been checked. */
export interface OpenTensors extends TensorReader {
  metadata: Record<string, string>;
  /** Whether the file has a digest; it has been checked. */
  digested: boolean;
}

const PIECE = 4 * 2 ** 20;

/** Opens a file for `work`. Errors are InputErrors that name the file; a file with a wrong digest is refused. */
export async function withTensors<T>(path: string, work: (file: OpenTensors) => Promise<T>): Promise<T> {
  const file = await openRegular(path).catch(refuseUnreadable(path, "check the path"));
  const read = async (position: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(length);
    if (!(await readFully(file, bytes, position))) throw new FormatError(`it ends inside ${what}`);
    return bytes;
  };
  try {
    const { size } = await file.stat();
    if (size < PREFIX_BYTES) throw new FormatError("it is shorter than 8 bytes");
    const prefix = await read(0, PREFIX_BYTES, "its length");
    const json = await read(PREFIX_BYTES, headerBytes(prefix, size), "its header");
    const begin = PREFIX_BYTES + json.length;
    const { metadata, entries } = parseHeader(json, size - begin);
    if (metadata[DIGEST] !== undefined) {
      const blank = Buffer.from(json)
        .toString("latin1")
        .replace(`"${DIGEST}":"${metadata[DIGEST]}"`, `"${DIGEST}":"${NO_DIGEST}"`);
      let crc = crc32(Buffer.from(blank, "latin1"), crc32(prefix));
      for (let at = begin; at < size; at += PIECE) crc = crc32(await read(at, Math.min(PIECE, size - at), "its tensors"), crc);
      if (hex(crc) !== metadata[DIGEST]) throw new FormatError("it is damaged: its checksum is another");
    }
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    return await work({
      metadata,
      digested: metadata[DIGEST] !== undefined,
      entries: byName,
      read(name, from = 0, to) {
        const { offsets } = byName.get(name)!;
        return read(begin + offsets[0] + from, (to ?? offsets[1] - offsets[0]) - from, name);
      },
    });
  } catch (error) {
    throw error instanceof FormatError ? new InputError(`${path} is not a usable safetensors file: ${error.message}.`) : error;
  } finally {
    await file.close();
  }
}

/** Reads a whole file. Errors are InputErrors that name the file. */
export const readSafetensors = (path: string): Promise<TensorFile> =>
  withTensors(path, async ({ metadata, entries, read }) => {
    const tensors = new Map<string, StoredTensor>();
    for (const [name, entry] of entries) {
      tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data: await read(name) });
    }
    return { tensors, metadata };
  });
