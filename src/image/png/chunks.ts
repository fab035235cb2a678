// The chunks of a PNG (ISO/IEC 15948) that decide its pixels. Transparency, gamma, colour profiles and texts do not.
import { concatBytes, hasBytes, viewOf } from "../bytes.js";
import { damagedImage } from "../faults.js";
import { crc32 } from "./checksums.js";

export interface Png {
  width: number;
  height: number;
  /** Bits per sample. */
  depth: number;
  /** Samples per pixel: grey or index (1), with alpha (2), RGB (3), with alpha (4). */
  channels: number;
  interlaced: boolean;
  /** RGB, up to 256 colours; undefined if the pixels are no indices. */
  palette: Uint8Array | undefined;
  /** The most bits of a colour that sBIT declares; undefined without such a chunk. */
  significantBits: number | undefined;
  /** More than one in an animated PNG, whose default image is read. */
  frames: number;
  /** The zlib stream of all IDAT chunks. */
  data: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const INDEXED = 3;
/** By colour type. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, [INDEXED]: 1, 4: 2, 6: 4 };
const DEPTHS: Record<number, number[]> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], [INDEXED]: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
/** Length, type and CRC of a chunk. */
const FRAMING = 12;
/** Writers split 64 MiB of pixels into 8192 parts. */
const MOST_CHUNKS = 100_000;

interface Chunk {
  type: string;
  body: Uint8Array;
}

/**
 * The chunks before IEND, which is missing in some files. Throws if one is cut short or does not fit its CRC. What follows IEND is
 * no part of the picture.
 */
function* chunksOf(file: Uint8Array): Generator<Chunk, void> {
  if (!hasBytes(file, SIGNATURE)) throw damagedImage();
  const view = viewOf(file);
  let count = 0;
  for (let at = SIGNATURE.length; at < file.length; ) {
    if (++count > MOST_CHUNKS) throw new Error(`a PNG of more than ${MOST_CHUNKS} chunks is not supported`);
    if (at + FRAMING > file.length) throw damagedImage();
    const end = at + FRAMING + view.getUint32(at);
    if (end > file.length || crc32(file.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) throw damagedImage();
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (type === "IEND") return;
    yield { type, body: file.subarray(at + 8, end - 4) };
    at = end;
  }
}

/** Throws an Error if the file is damaged, cut short, or has a form that is none of the standard's. */
export function readChunks(file: Uint8Array): Png {
  let header: Omit<Png, "palette" | "significantBits" | "frames" | "data"> | undefined;
  let isIndexed = false;
  const found: Pick<Png, "palette" | "significantBits" | "frames"> = {
    palette: undefined,
    significantBits: undefined,
    frames: 1,
  };
  const data: Uint8Array[] = [];
  let before = "";
  for (const { type, body } of chunksOf(file)) {
    if (type === "CgBI") throw new Error("a PNG that Xcode made for iPhones (CgBI) is not supported: give the original PNG");
    if (type === "IHDR") {
      if (header) throw damagedImage();
      header = readHeader(body);
      isIndexed = body[9] === INDEXED;
    } else if (!header) {
      throw damagedImage();
    } else if (type === "IDAT") {
      // The parts of the stream stand together.
      if (data.length > 0 && before !== type) throw damagedImage();
      data.push(body);
    } else if (type === "PLTE") {
      if (body.length % 3 !== 0 || body.length > 768) throw damagedImage();
      if (isIndexed) found.palette = body;
    } else if (type === "sBIT" && isSignificantBits(body, header)) {
      found.significantBits = Math.max(...body.subarray(0, header.channels > 2 ? 3 : 1));
    } else if (type === "acTL" && body.length === 8) {
      found.frames = viewOf(body).getUint32(0);
    } else if (isCritical(type)) throw damagedImage();
    before = type;
  }
  if (!header || (isIndexed && !found.palette)) throw damagedImage();
  return { ...header, ...found, data: concatBytes(data) };
}

/** One number per channel, from 1 to the depth (11.3.2.4). libpng ignores others too. */
const isSignificantBits = (body: Uint8Array, { channels, depth }: Pick<Png, "channels" | "depth">): boolean =>
  body.length === channels && body.every((bits) => bits >= 1 && bits <= depth);

/** A decoder must know a chunk whose type begins with a capital. */
const isCritical = (type: string): boolean => type[0] >= "A" && type[0] <= "Z";

function readHeader(body: Uint8Array) {
  if (body.length !== 13) throw damagedImage();
  const view = viewOf(body);
  const [depth, colour, compression, filter, interlace] = body.subarray(8);
  if (!DEPTHS[colour]?.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) throw damagedImage();
  return { width: view.getUint32(0), height: view.getUint32(4), depth, channels: CHANNELS[colour], interlaced: interlace === 1 };
}
