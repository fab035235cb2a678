// What the adversarial files are made of.

import { crc32, deflateRawSync, deflateSync } from "node:zlib";
import { ADAM7 } from "#pulmo/image/png/samples.js";

export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A safetensors file: its header's length, the header, zeros. */
export function safetensors(header: string, data = 0): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(data)]);
}

interface PngOptions {
  width: number;
  height: number;
  /** Bits of a sample. */
  depth: number;
  /** The standard's colour type. */
  colour: number;
  interlaced?: boolean;
  /** Bytes of the inflated data, if other than the right number. */
  inflated?: number;
  /** The filter's number, which every byte of the data has. */
  filter?: number;
  before?: Uint8Array[];
}

const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
export function pngChunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** A PNG of which all inflated bytes are the filter's number. */
export function png({
  width,
  height,
  depth,
  colour,
  interlaced = false,
  inflated,
  filter = 0,
  before = [],
}: PngOptions): Uint8Array {
  const bytes = (interlaced ? ADAM7 : [[0, 0, 1, 1]])
    .map(([x, y, dx, dy]) => [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)])
    .reduce((sum, [columns, rows]) => sum + rows * (1 + Math.ceil((columns * depth * SAMPLES[colour]) / 8)), 0);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  const data = deflateSync(Buffer.alloc(inflated ?? bytes, filter), { level: 6 });
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([
    signature,
    pngChunk("IHDR", header),
    ...before,
    pngChunk("IDAT", data),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

export interface ZipPart {
  name: string;
  content: Uint8Array;
  /** What the central directory says instead. */
  says?: { name?: string; size?: number; compressed?: number; offset?: number; flags?: number; method?: number };
  /** The name in the local header. */
  local?: string;
  stored?: boolean;
  /** Entries of the directory with this one local header. */
  times?: number;
}

/** A zip archive (APPNOTE.TXT), whose directory may say something else than its local headers. */
export function zip(parts: ZipPart[]): Uint8Array {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  let entries = 0;
  for (const { name, content, says = {}, local = name, stored = false, times = 1 } of parts) {
    const data = stored ? Buffer.from(content) : deflateRawSync(content, { level: 6 });
    const crc = crc32(content);
    const facts = (title: string, size: number, compressed: number) => [
      u16(says.flags ?? 0),
      u16(says.method ?? (stored ? 0 : 8)),
      u32(0),
      u32(crc),
      u32(compressed),
      u32(size),
      u16(Buffer.byteLength(title)),
      u16(0),
    ];
    const header = Buffer.concat([u32(0x04034b50), u16(20), ...facts(local, content.length, data.length), Buffer.from(local)]);
    for (let i = 0; i < times; i++) {
      const title = says.name ?? (times > 1 ? `${i}-${name}` : name);
      directory.push(
        Buffer.concat([
          ...[u32(0x02014b50), u16(20), u16(20)],
          ...facts(title, says.size ?? content.length, says.compressed ?? data.length),
          ...[u16(0), u16(0), u16(0), u32(0), u32(says.offset ?? at), Buffer.from(title)],
        ]),
      );
    }
    entries += times;
    body.push(header, data);
    at += header.length + data.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.concat([
    ...[u32(0x06054b50), u16(0), u16(0), u16(entries), u16(entries)],
    ...[u32(listed.length), u32(at), u16(0)],
  ]);
  return Buffer.concat([...body, listed, end]);
}

/** An element of a DICOM file in explicit VR little endian; the length is the value's unless given. */
export function element(tag: number, vr: string, value: Uint8Array | string, length?: number): Buffer {
  const bytes = Buffer.from(typeof value === "string" ? value.padEnd(value.length + (value.length % 2)) : value);
  const long = ["OB", "OW", "SQ", "UN", "UT"].includes(vr);
  const size = length ?? bytes.length;
  return Buffer.concat([
    ...[u16(tag >>> 16), u16(tag & 0xffff), Buffer.from(vr)],
    ...(long ? [u16(0), u32(size)] : [u16(size)]),
    bytes,
  ]);
}

export const UNDEFINED = 0xffffffff;

interface DicomOptions {
  syntax?: string;
  rows?: number;
  columns?: number;
  allocated?: number;
  stored?: number;
  frames?: number;
  /** Elements between the pixels' description and the pixels. */
  more?: Buffer[];
  pixels: Buffer;
}

export const EXPLICIT = "1.2.840.10008.1.2.1";

/** A radiograph. `pixels` is the whole element. */
export function dicom({
  syntax = EXPLICIT,
  rows = 64,
  columns = 64,
  allocated = 16,
  stored = 12,
  frames = 1,
  more = [],
  pixels,
}: DicomOptions): Uint8Array {
  const uid = Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(0x00020010, "UI", uid),
    element(0x00080060, "CS", "DX"),
    element(0x00280002, "US", u16(1)),
    element(0x00280004, "CS", "MONOCHROME2"),
    ...(frames > 1 ? [element(0x00280008, "IS", String(frames))] : []),
    element(0x00280010, "US", u16(rows)),
    element(0x00280011, "US", u16(columns)),
    element(0x00280100, "US", u16(allocated)),
    element(0x00280101, "US", u16(stored)),
    element(0x00280102, "US", u16(stored - 1)),
    element(0x00280103, "US", u16(0)),
    ...more,
    pixels,
  ]);
}

const item = (data: Uint8Array): Buffer => Buffer.concat([u16(0xfffe), u16(0xe000), u32(data.length), data]);

/** Pixel Data of fragments, behind an empty offset table. */
export const encapsulated = (fragments: Uint8Array[]): Buffer =>
  Buffer.concat([
    element(0x7fe00010, "OB", Buffer.alloc(0), UNDEFINED),
    item(Buffer.alloc(0)),
    ...fragments.map(item),
    Buffer.concat([u16(0xfffe), u16(0xe0dd), u32(0)]),
  ]);
