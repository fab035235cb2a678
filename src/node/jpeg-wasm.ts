// JPEG-LS by CharLS and JPEG 2000 by OpenJPEG, both built to WebAssembly. Headers are checked before: a decoder takes memory by them.
import type { CodecModule, FrameDecoder } from "@cornerstonejs/codec-openjpeg/decodewasmjs";
import type { SampleFormat } from "./dicom.js";
import { damagedPixels, otherPixels } from "./dicom-faults.js";

type Kind = "jpegLs" | "jpeg2000";
const modules = new Map<Kind, Promise<CodecModule>>();
/** Made anew for each module, which keeps its state in it. */
const silent = () => ({ print: () => {}, printErr: () => {} });

const load = {
  jpegLs: async () => (await import("@cornerstonejs/codec-charls/decodewasmjs")).default(silent()),
  jpeg2000: async () => (await import("@cornerstonejs/codec-openjpeg/decodewasmjs")).default(silent()),
};

/** SOI, then segments up to SOF55: precision, rows, columns, components. */
export async function decodeJpegLs(bytes: Buffer, format: SampleFormat, lossy: boolean): Promise<Uint16Array> {
  let at = 2;
  while (at + 10 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xf7) at += 2 + bytes.readUInt16BE(at + 2);
  if (at + 10 > bytes.length || bytes.readUInt16BE(0) !== 0xffd8 || bytes[at] !== 0xff) throw damagedPixels();
  check(format, bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5), bytes[at + 4], bytes[at + 9]);
  return saturate(await decode("jpegLs", bytes, format), format, lossy ? bytes[at + 4] : 0);
}

/**
 * The codestream begins with SOC and SIZ, in a .jp2's boxes too: edges and origin of the grid, edges of a tile and its origin,
 * components, precision.
 */
export async function decodeJpeg2000(bytes: Buffer, format: SampleFormat, lossy: boolean): Promise<Uint16Array> {
  const at = bytes.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
  if (at < 0 || at + 45 > bytes.length) throw damagedPixels();
  const long = (offset: number): number => bytes.readUInt32BE(at + offset);
  const bits = (bytes[at + 42] & 0x7f) + 1;
  check(format, long(8) - long(16), long(12) - long(20), bits, bytes.readUInt16BE(at + 40));
  const tiles = Math.ceil((long(8) - long(32)) / long(24)) * Math.ceil((long(12) - long(36)) / long(28));
  if (!(tiles <= MAX_TILES) || !hasLargeBlocks(bytes, at + 2)) throw new Error("its JPEG 2000 tiles or blocks are too many");
  const samples = await decode("jpeg2000", at === 0 ? bytes : bytes.subarray(at), format);
  return saturate(samples, format, lossy ? bits : 0);
}

/** Each costs memory by itself: what encoders write has a few dozens, of blocks of 32 or 64 pixels squared. */
const MAX_TILES = 1024;
/** 2^4 pixels: an exponent is written less 2. */
const LEAST_BLOCK = 2;
const [SOT, SOD, COD, COC] = [0xff90, 0xff93, 0xff52, 0xff53];

/** Walks the marker segments of all headers, the main one's and those of the tiles' parts, from `at` on. */
function hasLargeBlocks(bytes: Buffer, at: number): boolean {
  let part = 0;
  while (at + 4 <= bytes.length) {
    const marker = bytes.readUInt16BE(at);
    if (marker === SOT && at + 10 <= bytes.length) part = at + bytes.readUInt32BE(at + 6);
    // Behind a header its part's data; a length of 0 means up to the end.
    if (marker === SOD) {
      if (part <= at) return true;
      at = part;
      continue;
    }
    // Scod, order, layers and transform come before; in COC its component, of one byte or two, and its style.
    const exponents = marker === COD ? [at + 10] : marker === COC ? [at + 7, at + 8] : [];
    if (exponents.some((place) => Math.min(bytes[place], bytes[place + 1]) < LEAST_BLOCK)) return false;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return true;
}

/** A header of a few bytes may claim them: a decoder takes 20 bytes for each. Radiographs have 20 million at most. */
const MAX_PIXELS = 40e6;

function check(
  { width, height, allocated }: SampleFormat,
  columns: number,
  rows: number,
  bits: number,
  components: number,
): void {
  if (columns !== width || rows !== height || bits > allocated || components !== 1) {
    throw otherPixels();
  }
  if (columns * rows > MAX_PIXELS) throw new Error(`more than ${MAX_PIXELS / 1e6} million pixels, compressed`);
}

/** A module that has thrown is not used again: what it left in its memory is unknown. */
async function decode(kind: Kind, bytes: Buffer, { width, height }: SampleFormat): Promise<Uint16Array> {
  const loading = modules.get(kind) ?? load[kind]();
  modules.set(kind, loading);
  try {
    const module = await loading;
    const decoder: FrameDecoder = kind === "jpegLs" ? new module.JpegLSDecoder!() : new module.J2KDecoder!();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const info = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const size = info.bitsPerSample > 8 ? 2 : 1;
    if (info.width !== width || info.height !== height || info.componentCount !== 1 || decoded.length !== width * height * size) {
      throw damagedPixels();
    }
    // A copy: the samples lie in the module's memory.
    const samples = new Uint16Array(width * height);
    for (let i = 0; i < samples.length; i++) samples[i] = size === 1 ? decoded[i] : decoded[2 * i] | (decoded[2 * i + 1] << 8);
    decoder.delete();
    return samples;
  } catch {
    modules.delete(kind);
    throw damagedPixels();
  }
}

/** A lossy stream of more bits than are stored may overshoot them: white would turn black where the high bits are left out. */
function saturate(samples: Uint16Array, { stored, highBit, signed }: SampleFormat, bits: number): Uint16Array {
  if (bits <= stored || highBit !== stored - 1) return samples;
  const unused = 32 - bits;
  const [least, most] = signed ? [-(2 ** (stored - 1)), 2 ** (stored - 1) - 1] : [0, 2 ** stored - 1];
  for (let i = 0; i < samples.length; i++) {
    const value = signed ? (samples[i] << unused) >> unused : samples[i];
    samples[i] = Math.min(Math.max(value, least), most);
  }
  return samples;
}
