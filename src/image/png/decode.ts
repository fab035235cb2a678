// PNG to pixels, in every runtime with the same code: libpng and browsers accept some damaged files, and apply gamma and alpha.
import type { Pixels } from "../../core/resize.js";
import { checkSize, type ImageBounds } from "../bounds.js";
import { viewOf } from "../bytes.js";
import { damagedImage } from "../faults.js";
import { bitsInUse, depthNote, toEightBits } from "../grey-depth.js";
import { type Noted, noted } from "../notes.js";
import type { ImageRuntime } from "../runtime.js";
import { adler32 } from "./checksums.js";
import { type Png, readChunks } from "./chunks.js";
import { inflatedLength, samplesOf } from "./samples.js";

/**
 * The pixels of PIL's Image.open(file).convert("RGB"): palettes are looked up, alpha is dropped without blending. 16 bits become 8
 * by the highest 8 bits in use (grey-depth.ts); PIL clips 16-bit grey at 255 instead, which would make an X-ray white.
 */
export function decodePng(
  file: Uint8Array,
  bounds: ImageBounds,
  { inflateRaw }: Pick<ImageRuntime, "inflateRaw">,
): Pixels & Noted {
  const png = readChunks(file);
  const { width, height, channels, depth, palette, frames } = png;
  checkSize(width, height, bounds);
  checkSamples(png);
  const notes = frames > 1 ? [`an animated PNG of ${frames} frames: only its first picture is used`] : [];
  const samples = samplesOf(inflate(png, inflateRaw), png);
  if (palette) return { data: lookedUp(samples, palette), width, height, channels: 3, ...noted(notes) };
  const colours = channels > 2 ? 3 : 1;
  const opaque = channels === colours ? samples : withoutAlpha(samples, channels);
  if (opaque instanceof Uint16Array) {
    let most = 0;
    for (const x of opaque) most = Math.max(most, x);
    const bits = most === 0 ? 16 : bitsInUse(most, png.significantBits);
    if (bits < 16) notes.push(depthNote(bits));
    return { data: toEightBits(opaque, bits), width, height, channels: colours, ...noted(notes) };
  }
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  return { data: scale === 1 ? opaque : opaque.map((level) => level * scale), width, height, channels: colours, ...noted(notes) };
}

/** In bytes: 100 million grey pixels of 8 bits, 16 million of 16 bits with colours and alpha. */
const MAX_SAMPLES = 2 ** 27;
/** Of an interlaced picture, whose pixels are placed one by one. */
const MAX_INTERLACED = 40e6;

/** A few KB can inflate to all pixels that they claim, which memory holds twice. Throws an Error if they are too many. */
function checkSamples({ width, height, channels, depth, interlaced }: Png): void {
  const pixels = width * height;
  if (interlaced && pixels > MAX_INTERLACED) {
    throw new Error(`an interlaced PNG of more than ${MAX_INTERLACED / 1e6} million pixels`);
  }
  if (pixels * channels * (depth === 16 ? 2 : 1) > MAX_SAMPLES) {
    throw new Error(`its pixels take more than ${MAX_SAMPLES / 2 ** 20} MiB: save it in grey of 8 bits`);
  }
}

/** A zlib stream: two bytes of header, DEFLATE data, Adler-32 of the inflated data (RFC 1950). */
function inflate({ data, ...layout }: Png, inflateRaw: ImageRuntime["inflateRaw"]): Uint8Array {
  const length = inflatedLength(layout);
  const isZlib = data.length > 6 && (data[0] & 15) === 8 && ((data[0] << 8) | data[1]) % 31 === 0 && (data[1] & 32) === 0;
  if (!isZlib) throw damagedImage();
  let inflated: Uint8Array;
  try {
    inflated = inflateRaw(data.subarray(2, -4), length);
  } catch {
    throw damagedImage();
  }
  if (inflated.length !== length || adler32(inflated) !== viewOf(data).getUint32(data.length - 4)) throw damagedImage();
  return inflated;
}

/** Drops the last of two or four channels. */
function withoutAlpha(from: Uint8Array | Uint16Array, channels: number): Uint8Array | Uint16Array {
  const kept = channels - 1;
  const to = new (from.constructor as Uint16ArrayConstructor)((from.length / channels) * kept);
  for (let i = 0, o = 0; o < to.length; i += channels) for (let c = 0; c < kept; c++) to[o++] = from[i + c];
  return to;
}

function lookedUp(indices: Uint8Array | Uint16Array, palette: Uint8Array): Uint8Array {
  const data = new Uint8Array(3 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const place = 3 * indices[i];
    if (place >= palette.length) throw damagedImage();
    data[3 * i] = palette[place];
    data[3 * i + 1] = palette[place + 1];
    data[3 * i + 2] = palette[place + 2];
  }
  return data;
}
