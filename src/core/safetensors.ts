// safetensors (github.com/huggingface/safetensors, "Format"): 8 bytes little-endian header length, a JSON header, then the
// tensors' bytes without holes. Writing supports F32 and I64; reading rejects malicious headers.
import { parseJson } from "./json.js";
import { dtypeBytes, FormatError, isDtype, MAX_DIMENSIONS, type StoredTensor } from "./tensors.js";

export interface TensorFile {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** Bytes of the length field before the header. */
export const PREFIX_BYTES = 8;
/** The format's own limit. */
const MAX_HEADER = 100_000_000;
/** The largest models have a few thousand. */
const MAX_TENSORS = 100_000;
/** Of the header's JSON: a tensor has about fifteen. */
const MOST_VALUES = 2e6;

/** The bytes before the tensors, which follow in the map's order. */
export function writeHeader(
  tensors: Map<string, Pick<StoredTensor, "dtype" | "shape">>,
  metadata: Record<string, string>,
): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, { dtype, shape }] of tensors) {
    const begin = offset;
    offset += shape.reduce((n, d) => n * d, dtypeBytes(dtype));
    header[name] = { dtype, shape, data_offsets: [begin, offset] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX_BYTES + length).fill(" ".charCodeAt(0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, PREFIX_BYTES);
  return bytes;
}

/** Length of the header of a file of `size` bytes, from its first eight bytes. Throws FormatError. */
export function headerBytes(prefix: Uint8Array, size: number): number {
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER, size - PREFIX_BYTES))) throw new FormatError(`its header claims ${length} bytes`);
  return Number(length);
}

/** Parses a whole file in memory; the tensors are views of it. Throws FormatError. */
export function parseSafetensors(bytes: Uint8Array): TensorFile {
  if (bytes.length < PREFIX_BYTES) throw new FormatError("it is shorter than 8 bytes");
  const begin = PREFIX_BYTES + headerBytes(bytes, bytes.length);
  const { metadata, entries } = parseHeader(bytes.subarray(PREFIX_BYTES, begin), bytes.length - begin);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, offsets: [from, to] }) => [
      name,
      { dtype, shape, data: bytes.subarray(begin + from, begin + to) },
    ]),
  );
  return { tensors, metadata };
}

export interface HeaderEntry {
  name: string;
  dtype: string;
  shape: number[];
  offsets: [number, number];
}

/**
 * Checks the header's JSON, which `bytes` bytes follow. Each tensor must fit its shape; together they must fill the bytes exactly, without
 * holes or overlaps. Throws FormatError.
 */
export function parseHeader(json: Uint8Array, bytes: number): { metadata: Record<string, string>; entries: HeaderEntry[] } {
  const header = headerObject(json);
  const entries: HeaderEntry[] = [];
  const metadata: Record<string, string> = {};
  const names = Object.keys(header);
  if (names.length > MAX_TENSORS) throw new FormatError(`its header names more than ${MAX_TENSORS} tensors`);
  for (const name of names) {
    const value = header[name];
    if (name === "__metadata__") {
      for (const [key, text] of Object.entries(value ?? {})) if (typeof text === "string") metadata[key] = text;
      continue;
    }
    entries.push(parseEntry(name, value));
  }
  let end = 0;
  for (const { name, offsets } of [...entries].sort((a, b) => a.offsets[0] - b.offsets[0])) {
    if (offsets[0] !== end) throw new FormatError(`${shown(name)} does not start at the end of the previous tensor`);
    end = offsets[1];
  }
  if (end !== bytes) throw new FormatError(`its tensors take ${end} bytes, but it contains ${bytes}`);
  return { metadata, entries };
}

function headerObject(json: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(json);
  } catch {
    throw new FormatError("its header is not JSON");
  }
  let header: unknown;
  try {
    header = parseJson(text, MOST_VALUES);
  } catch (error) {
    throw new FormatError(`its header is not usable: ${(error as Error).message}`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw new FormatError("its header is not an object");
  return header as Record<string, unknown>;
}

/** A name may be as long as the header. */
const shown = (name: string): string => JSON.stringify(name.slice(0, 100));

function parseEntry(name: string, value: unknown): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const label = shown(name);
  const counts = (list: unknown, length: number): list is number[] =>
    Array.isArray(list) && list.length <= length && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== "string" || !isDtype(dtype)) throw new FormatError(`${label} has an unknown dtype`);
  if (!counts(shape, MAX_DIMENSIONS)) throw new FormatError(`${label} has a bad shape`);
  if (!counts(offsets, 2) || offsets.length !== 2 || offsets[1] < offsets[0]) throw new FormatError(`${label} has bad offsets`);
  const bytes = shape.reduce((n, d) => n * d, dtypeBytes(dtype));
  if (bytes !== offsets[1] - offsets[0]) throw new FormatError(`${label} has a size that does not match its shape`);
  return { name, dtype, shape, offsets: [offsets[0], offsets[1]] };
}
