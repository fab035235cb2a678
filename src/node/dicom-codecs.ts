// Transfer syntaxes: a frame's bytes to its samples, one 16-bit word each. Every decoder is held to the file's rows and columns.
import type { SampleFormat } from "./dicom.js";
import { damagedPixels, otherPixels } from "./dicom-faults.js";
import type { Frame } from "./dicom-pixels.js";
import { decodeExtended } from "./jpeg-extended.js";
import { decodeGreyJpeg } from "./jpeg-grey.js";
import { readJpeg } from "./jpeg-headers.js";
import { decodeLossless } from "./jpeg-lossless.js";
import { decodeJpeg2000, decodeJpegLs } from "./jpeg-wasm.js";

export const BIG_ENDIAN = "1.2.840.10008.1.2.2";
export const RLE = "1.2.840.10008.1.2.5";
/** Implicit and explicit VR, deflated (inflated by now), big endian. */
export const NATIVE = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", BIG_ENDIAN]);

type Decoder = (bytes: Buffer, format: SampleFormat, lossy: boolean) => Uint16Array | Promise<Uint16Array>;

const DECODERS: Record<string, Decoder> = {
  [RLE]: decodeRle,
  "1.2.840.10008.1.2.4.50": decodeJpeg,
  "1.2.840.10008.1.2.4.51": decodeJpeg,
  "1.2.840.10008.1.2.4.57": decodeJpeg,
  "1.2.840.10008.1.2.4.70": decodeJpeg,
  "1.2.840.10008.1.2.4.80": decodeJpegLs,
  "1.2.840.10008.1.2.4.81": decodeJpegLs,
  "1.2.840.10008.1.2.4.90": decodeJpeg2000,
  "1.2.840.10008.1.2.4.91": decodeJpeg2000,
};

/** What may overshoot the stored bits where the stream has more of them. */
const LOSSY = new Set(["1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"]);

export const isSupported = (syntax: string): boolean => NATIVE.has(syntax) || Object.hasOwn(DECODERS, syntax);

export async function decodeSamples(frame: Frame, format: SampleFormat, syntax: string): Promise<Uint16Array> {
  if (NATIVE.has(syntax)) return nativeSamples(frame, format);
  const samples = await DECODERS[syntax](frame.bytes, format, LOSSY.has(syntax));
  if (samples.length !== format.width * format.height) throw new Error("the pixel data are not of the file's rows and columns");
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

/** PS3.5 annex G: a segment of PackBits for each byte of a sample, the high one first; a header of 16 words says where. */
function decodeRle(bytes: Buffer, { width, height, allocated }: SampleFormat): Uint16Array {
  const segments = allocated / 8;
  if (bytes.length < 64 || bytes.readUInt32LE(0) !== segments) throw damagedPixels();
  const samples = new Uint16Array(width * height);
  for (let s = 0; s < segments; s++) {
    const end = s + 1 < segments ? Math.min(bytes.readUInt32LE(8 + 4 * s), bytes.length) : bytes.length;
    let at = bytes.readUInt32LE(4 + 4 * s);
    for (let i = 0; i < samples.length; ) {
      if (at >= end) throw damagedPixels();
      const control = bytes[at++];
      if (control === 128) continue;
      const repeated = control > 128;
      const stop = Math.min(i + (repeated ? 257 - control : control + 1), samples.length);
      if (at + (repeated ? 1 : stop - i) > end) throw damagedPixels();
      while (i < stop) {
        samples[i] = (samples[i] << 8) | bytes[at];
        i++;
        if (!repeated) at++;
      }
      if (repeated) at++;
    }
  }
  return samples;
}

/** By what the stream itself says: 8-bit DCT by sharp, 12-bit DCT and lossless by our own. */
async function decodeJpeg(bytes: Buffer, { width, height, allocated }: SampleFormat): Promise<Uint16Array> {
  const jpeg = readJpeg(bytes);
  if (jpeg.components !== 1 || jpeg.width !== width || jpeg.height !== height || jpeg.precision > allocated) {
    throw otherPixels();
  }
  if (jpeg.process === "lossless") return decodeLossless(jpeg);
  if (jpeg.precision === 12) return decodeExtended(jpeg);
  const grey = await decodeGreyJpeg(bytes, width * height).catch(() => {
    throw damagedPixels();
  });
  if (!grey) throw new Error("not greyscale: its JPEG has colours");
  return Uint16Array.from(grey);
}
