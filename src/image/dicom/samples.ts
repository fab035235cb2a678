// A frame's bytes to its samples, one 16-bit word each, by transfer syntax. Each decoder checks the file's rows and columns.
import { damagedPixels, mismatchedPixels } from "../faults.js";
import { decodeExtended } from "../jpeg/extended.js";
import { readJpeg } from "../jpeg/headers.js";
import { decodeJpeg2000 } from "../jpeg/jpeg-2000.js";
import { decodeJpegLs } from "../jpeg/jpeg-ls.js";
import { decodeLossless } from "../jpeg/lossless.js";
import type { ImageRuntime } from "../runtime.js";
import type { Frame } from "./first-frame.js";
import { decodeRle } from "./rle.js";
import type { SampleFormat } from "./sample-format.js";
import { NATIVE, RLE } from "./syntaxes.js";

type Decoder = (bytes: Uint8Array, format: SampleFormat, runtime: ImageRuntime) => Uint16Array | Promise<Uint16Array>;

const DECODERS: Record<string, Decoder> = {
  [RLE]: decodeRle,
  "1.2.840.10008.1.2.4.50": decodeJpeg,
  "1.2.840.10008.1.2.4.51": decodeJpeg,
  "1.2.840.10008.1.2.4.57": decodeJpeg,
  "1.2.840.10008.1.2.4.70": decodeJpeg,
  "1.2.840.10008.1.2.4.80": (bytes, format) => decodeJpegLs(bytes, format, false),
  "1.2.840.10008.1.2.4.81": (bytes, format) => decodeJpegLs(bytes, format, true),
  "1.2.840.10008.1.2.4.90": (bytes, format) => decodeJpeg2000(bytes, format, false),
  "1.2.840.10008.1.2.4.91": (bytes, format) => decodeJpeg2000(bytes, format, true),
};

export const isSupported = (syntax: string): boolean => NATIVE.has(syntax) || Object.hasOwn(DECODERS, syntax);

export async function decodeSamples(
  frame: Frame,
  format: SampleFormat,
  syntax: string,
  runtime: ImageRuntime,
): Promise<Uint16Array> {
  if (NATIVE.has(syntax)) return nativeSamples(frame, format);
  const samples = await DECODERS[syntax](frame.bytes, format, runtime);
  if (samples.length !== format.width * format.height) throw mismatchedPixels();
  return samples;
}

function nativeSamples({ bytes, bigEndian, swapBytes }: Frame, { width, height, allocated }: SampleFormat): Uint16Array {
  const samples = new Uint16Array(width * height);
  for (let i = 0; i < samples.length; i++) {
    if (allocated === 8) samples[i] = bytes[swapBytes ? i ^ 1 : i];
    else samples[i] = bigEndian ? (bytes[2 * i] << 8) | bytes[2 * i + 1] : bytes[2 * i] | (bytes[2 * i + 1] << 8);
  }
  return samples;
}

/** The stream's own header chooses the decoder: the runtime's for 8-bit DCT, this folder's for 12-bit DCT and lossless. */
async function decodeJpeg(bytes: Uint8Array, { width, height, allocated }: SampleFormat, runtime: ImageRuntime) {
  const jpeg = readJpeg(bytes);
  if (jpeg.components !== 1 || jpeg.width !== width || jpeg.height !== height || jpeg.precision > allocated) {
    throw mismatchedPixels();
  }
  if (jpeg.process === "lossless") return decodeLossless(jpeg);
  if (jpeg.precision === 12) return decodeExtended(jpeg);
  const grey = await runtime.decodeGreyJpeg(bytes, width * height).catch(() => {
    throw damagedPixels();
  });
  if (!grey) throw new Error("not greyscale: its JPEG has colours");
  return Uint16Array.from(grey);
}
