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

/** The codestream begins with SOC and SIZ, in a .jp2's boxes too: edges and origin of the grid, of a tile, components, precision. */
export async function decodeJpeg2000(bytes: Buffer, format: SampleFormat, lossy: boolean): Promise<Uint16Array> {
  const at = bytes.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
  if (at < 0 || at + 45 > bytes.length) throw damagedPixels();
  const long = (offset: number): number => bytes.readUInt32BE(at + offset);
  const bits = (bytes[at + 42] & 0x7f) + 1;
  check(format, long(8) - long(16), long(12) - long(20), bits, bytes.readUInt16BE(at + 40));
  const samples = await decode("jpeg2000", at === 0 ? bytes : bytes.subarray(at), format);
  return saturate(samples, format, lossy ? bits : 0);
}

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
