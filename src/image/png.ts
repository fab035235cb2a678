// PNG where the runtime's own decoder changes pixels: browsers blend alpha and apply gAMA.
import { convertIndexedToRgb, decode } from "fast-png";
import type { Pixels } from "../core/resize.js";
import { checkSize, type ImageBounds } from "./bounds.js";
import { viewOf } from "./bytes.js";
import { damagedImage } from "./faults.js";

/** Signature (8 bytes), then IHDR: length, "IHDR", width, height, five bytes, CRC. */
const HEADER_BYTES = 33;

/** Palettes are looked up, alpha is dropped, and 16 bits become 8 by dropping the low byte. */
export function decodePng(bytes: Uint8Array, bounds: ImageBounds): Pixels {
  if (bytes.length < HEADER_BYTES) throw damagedImage();
  const header = viewOf(bytes);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  checkSize(width, height, bounds);
  try {
    const png = decode(bytes, { checkCrc: true });
    if (png.palette) return opaque(convertIndexedToRgb(png), png.palette[0].length, width, height, 8);
    const { depth, data, channels } = png;
    return opaque(depth < 8 ? unpack(data, width, height, depth) : data, channels, width, height, depth);
  } catch {
    throw damagedImage();
  }
}

/** Drops the last of two or four channels. */
function opaque(from: ArrayLike<number>, channels: number, width: number, height: number, depth: number): Pixels {
  const kept = channels > 2 ? 3 : 1;
  const shift = Math.max(0, depth - 8);
  const data = new Uint8Array(width * height * kept);
  for (let i = 0, o = 0; o < data.length; i += channels) for (let c = 0; c < kept; c++) data[o++] = from[i + c] >> shift;
  return { data, width, height, channels: kept };
}

/** Grey of 1, 2 or 4 bits, in rows of whole bytes, scaled to 0..255. */
function unpack(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  for (let i = 0; i < out.length; i++) {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)];
    out[i] = (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
  }
  return out;
}
