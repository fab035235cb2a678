// safetensors (github.com/huggingface/safetensors, "Format"): 8 bytes little-endian header length, a JSON header, then the
// tensors' bytes without holes. Only what pulmo writes is written (F32, I64); hostile headers are refused.
import { open } from "node:fs/promises";
import { writeFileAtomic } from "../node/files.js";
import { InputError } from "./errors.js";
import { dtypeBytes, isDtype, MAX_DIMENSIONS, type StoredTensor } from "./tensors.js";

export interface TensorFile {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** The format's own limit. */
const MAX_HEADER = 100_000_000;

export async function writeSafetensors(path: string, { tensors, metadata }: TensorFile): Promise<void> {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  const json = JSON.stringify(header);
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8;
  const prefix = Buffer.alloc(8 + length, " ");
  prefix.writeBigUInt64LE(BigInt(length));
  prefix.write(json, 8);
  await writeFileAtomic(path, prefix, ...[...tensors.values()].map((t) => t.data));
}

/** Reads a whole file. Errors are InputErrors that name the file. */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const refuse = (why: string) => new InputError(`${path} is not a usable safetensors file: ${why}.`);
  const file = await open(path, "r").catch((error) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): check the path.`);
  });
  try {
    const { size } = await file.stat();
    const prefix = Buffer.alloc(8);
    if ((await file.read(prefix, 0, 8, 0)).bytesRead < 8) throw refuse("it is shorter than 8 bytes");
    const length = prefix.readBigUInt64LE();
    if (length > BigInt(Math.min(MAX_HEADER, size - 8))) throw refuse(`its header claims ${length} bytes`);
    const json = Buffer.alloc(Number(length));
    await file.read(json, 0, json.length, 8);
    const begin = 8 + json.length;
    const { metadata, entries } = parseHeader(json, size - begin, refuse);
    const tensors = new Map<string, StoredTensor>();
    for (const { name, dtype, shape, offsets } of entries) {
      const data = new Uint8Array(offsets[1] - offsets[0]);
      for (let at = 0; at < data.length; ) {
        const { bytesRead } = await file.read(data, at, Math.min(data.length - at, 2 ** 30), begin + offsets[0] + at);
        if (bytesRead === 0) throw refuse(`it ends inside ${name}`);
        at += bytesRead;
      }
      tensors.set(name, { dtype, shape, data });
    }
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

interface HeaderEntry {
  name: string;
  dtype: string;
  shape: number[];
  offsets: [number, number];
}

/** Every tensor must fit its shape, and all together must fill the file exactly, without holes or overlaps. */
function parseHeader(
  json: Buffer, bytes: number, refuse: (why: string) => InputError,
): { metadata: Record<string, string>; entries: HeaderEntry[] } {
  let header: Record<string, Record<string, unknown>>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw refuse("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw refuse("its header is not an object");
  const entries: HeaderEntry[] = [];
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      for (const [key, text] of Object.entries(value ?? {})) if (typeof text === "string") metadata[key] = text;
      continue;
    }
    entries.push(parseEntry(name, value, refuse));
  }
  let end = 0;
  for (const { name, offsets } of [...entries].sort((a, b) => a.offsets[0] - b.offsets[0])) {
    if (offsets[0] !== end) throw refuse(`${JSON.stringify(name)} does not start where the tensor before it ends`);
    end = offsets[1];
  }
  if (end !== bytes) throw refuse(`its tensors take ${end} bytes and it holds ${bytes}`);
  return { metadata, entries };
}

function parseEntry(name: string, value: unknown, refuse: (why: string) => InputError): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const label = JSON.stringify(name);
  const counts = (list: unknown, length: number): list is number[] =>
    Array.isArray(list) && list.length <= length && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== "string" || !isDtype(dtype)) throw refuse(`${label} has an unknown dtype`);
  if (!counts(shape, MAX_DIMENSIONS)) throw refuse(`${label} has a bad shape`);
  if (!counts(offsets, 2) || offsets.length !== 2 || offsets[1] < offsets[0]) throw refuse(`${label} has bad offsets`);
  const bytes = shape.reduce((n, d) => n * d, dtypeBytes(dtype));
  if (bytes !== offsets[1] - offsets[0]) throw refuse(`${label} does not fit its shape`);
  return { name, dtype, shape, offsets: [offsets[0], offsets[1]] };
}
