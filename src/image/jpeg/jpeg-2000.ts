import { indexOfBytes, viewOf } from "../bytes.js";
import type { SampleFormat } from "../dicom/sample-format.js";
import { damagedPixels } from "../faults.js";
import { checkHeader, decodeWith } from "./wasm-codec.js";

/** SOC and SIZ, with which a codestream begins, also inside a .jp2's boxes. */
const CODESTREAM = Uint8Array.of(0xff, 0x4f, 0xff, 0x51);
/** Up to the first component's precision. */
const SIZ_BYTES = 45;
/** Offset of the first component's sign (highest bit) and precision. */
const SSIZ = 42;
/** Each tile and each block costs memory. Encoders write a few dozen tiles, and blocks of 32x32 or 64x64 pixels. */
const MAX_TILES = 1024;
/** Log2 of a block's least edge; the file stores the exponent minus 2. */
const MIN_BLOCK_EXPONENT = 4;
const [SOT, SOD, EOC, COD, COC] = [0xff90, 0xff93, 0xffd9, 0xff52, 0xff53];

/** ITU T.800, annex A. SIZ: the grid's edges and origin, a tile's edges and origin, the number of components, their precisions. */
export async function decodeJpeg2000(bytes: Uint8Array, format: SampleFormat): Promise<{ samples: Uint16Array; bits: number }> {
  const start = indexOfBytes(bytes, CODESTREAM);
  if (start < 0 || start + SIZ_BYTES > bytes.length) throw damagedPixels();
  const codestream = viewOf(bytes.subarray(start));
  const long = (offset: number): number => codestream.getUint32(offset);
  const bits = (codestream.getUint8(SSIZ) & 0x7f) + 1;
  checkHeader({ width: long(8) - long(16), height: long(12) - long(20), bits, components: codestream.getUint16(40) }, format);
  const tiles = Math.ceil((long(8) - long(32)) / long(24)) * Math.ceil((long(12) - long(36)) / long(28));
  if (!(tiles <= MAX_TILES)) throw tooMany();
  checkParts(codestream);
  const isSigned = codestream.getUint8(SSIZ) >= 0x80;
  const samples = await decodeWith("JPEG 2000", isSigned ? unsigned(bytes.slice(start)) : bytes.subarray(start), format);
  if (isSigned)
    for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] - 2 ** (bits - 1)) & (2 ** format.allocated - 1);
  return { samples, bits };
}

/**
 * Of signed samples of 8 bits, the decoder makes negative ones 0. Declared unsigned, they come with half their range added (T.800
 * G.1), which is then taken away.
 */
function unsigned(codestream: Uint8Array): Uint8Array {
  codestream[SSIZ] &= 0x7f;
  return codestream;
}

/**
 * Reads the marker segments of all headers: the main one and those of the tile parts. Behind the last part stands EOC. Without it
 * the stream may have been cut and filled; nothing but the byte that makes its length even may follow. So may a part with a long run
 * of zeros, which OpenJPEG takes for packets without content.
 */
function checkParts(codestream: DataView): void {
  let nextPart = 0;
  let mostZeros = Infinity;
  for (let at = 2; at + 4 <= codestream.byteLength; ) {
    const marker = codestream.getUint16(at);
    if (marker === EOC) return;
    if (marker === SOT && at + 10 <= codestream.byteLength) nextPart = at + codestream.getUint32(at + 6);
    // SOD: the tile part's data follow. A part of length 0 reaches to the end.
    if (marker === SOD) {
      const isLast = nextPart <= at;
      const start = at + 2;
      at = isLast ? endOf(codestream) : nextPart;
      const left = codestream.byteLength - at;
      if (hasZeros(codestream, start, at, mostZeros)) throw damagedPixels();
      if (left < 0 || (left >= 2 && codestream.getUint16(at) !== EOC && codestream.getUint16(at) !== SOT)) throw damagedPixels();
      continue;
    }
    if (marker === COD) mostZeros = mostZeroBytes(codestream, at);
    if (marker === COC) mostZeros = Infinity;
    // Two exponents, after Scod, order, layers, transform and levels; in COC after the component (one byte or two), style and levels.
    const places = marker === COD ? [at + 10] : marker === COC ? [at + 7, at + 8] : [];
    if (places.some((place) => leastExponent(codestream, place) < MIN_BLOCK_EXPONENT)) throw tooMany();
    at += 2 + codestream.getUint16(at + 2);
  }
}

/** Longer runs do not come from the arithmetic coder. */
const MOST_CODED_ZEROS = 64;

/**
 * The longest run of zero bytes that a tile part can have, by the COD segment at `at`: a packet without content is one (B.9), and each
 * resolution has one packet per layer. Unknown (Infinity) with several precincts, and with bits that bypass the arithmetic coder.
 */
function mostZeroBytes(codestream: DataView, at: number): number {
  if (at + 13 > codestream.byteLength) return Infinity;
  const [style, levels, blockStyle] = [4, 9, 12].map((offset) => codestream.getUint8(at + offset));
  if (style & 1 || blockStyle & 1) return Infinity;
  return codestream.getUint16(at + 6) * (levels + 1) + MOST_CODED_ZEROS;
}

/** Whether more than `most` zero bytes stand in a row between `start` and `end`. */
function hasZeros(codestream: DataView, start: number, end: number, most: number): boolean {
  let run = 0;
  for (let at = start; at < Math.min(end, codestream.byteLength) && run <= most; at++) {
    run = codestream.getUint8(at) === 0 ? run + 1 : 0;
  }
  return run > most;
}

/** Of a codestream that ends with EOC and may have a byte more. */
function endOf(codestream: DataView): number {
  const end = codestream.byteLength - 2;
  return codestream.getUint16(end) === EOC ? end : end - 1;
}

const tooMany = () => new Error("its JPEG 2000 data have too many tiles or blocks");

/** NaN, which passes every bound, if the codestream ends before. */
function leastExponent(codestream: DataView, at: number): number {
  if (at + 2 > codestream.byteLength) return Number.NaN;
  return 2 + Math.min(codestream.getUint8(at), codestream.getUint8(at + 1));
}
