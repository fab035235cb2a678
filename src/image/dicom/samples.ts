// A frame's bytes to its samples, one 16-bit word each, by transfer syntax. Each decoder checks the file's rows and columns, and
// rejects data that end before or go on after the last sample.
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

interface Coded {
  samples: Uint16Array;
  /** Bits per sample that the stream's own header states. */
  bits: number;
  lossy: boolean;
}

type Decoder = (bytes: Uint8Array, format: SampleFormat, runtime: ImageRuntime) => Coded | Promise<Coded>;

const DECODERS: Record<string, Decoder> = {
  [RLE]: (bytes, format) => ({ samples: decodeRle(bytes, format), bits: format.allocated, lossy: false }),
  "1.2.840.10008.1.2.4.50": decodeJpeg,
  "1.2.840.10008.1.2.4.51": decodeJpeg,
  "1.2.840.10008.1.2.4.53": decodeJpeg,
  "1.2.840.10008.1.2.4.55": decodeJpeg,
  "1.2.840.10008.1.2.4.57": decodeJpeg,
  "1.2.840.10008.1.2.4.70": decodeJpeg,
  "1.2.840.10008.1.2.4.80": async (bytes, format) => ({ ...(await decodeJpegLs(bytes, format)), lossy: false }),
  "1.2.840.10008.1.2.4.81": async (bytes, format) => ({ ...(await decodeJpegLs(bytes, format)), lossy: true }),
  "1.2.840.10008.1.2.4.90": async (bytes, format) => ({ ...(await decodeJpeg2000(bytes, format)), lossy: false }),
  "1.2.840.10008.1.2.4.91": async (bytes, format) => ({ ...(await decodeJpeg2000(bytes, format)), lossy: true }),
};

/** A decoder takes up to 20 bytes per pixel that a stream of a few bytes may claim. Radiographs have at most 20 million. */
const MAX_PIXELS = 40e6;

export const isSupported = (syntax: string): boolean => NATIVE.has(syntax) || Object.hasOwn(DECODERS, syntax);

export async function decodeSamples(
  frame: Frame,
  format: SampleFormat,
  syntax: string,
  runtime: ImageRuntime,
  notes: string[],
): Promise<Uint16Array> {
  if (NATIVE.has(syntax)) return nativeSamples(frame, format);
  if (format.width * format.height > MAX_PIXELS) throw new Error(`more than ${MAX_PIXELS / 1e6} million compressed pixels`);
  const { samples, bits, lossy } = await DECODERS[syntax](frame.bytes, format, runtime);
  if (samples.length !== format.width * format.height) throw mismatchedPixels();
  if (format.allocated === 8 && samples.some((sample) => sample > 255)) throw damagedPixels();
  if (bits < format.stored) {
    // Where the sign is, nobody can tell.
    if (format.signed) throw mismatchedPixels();
    notes.push(`the compressed pixels have ${bits} bits, the file states ${format.stored}: their values are used as they are`);
  }
  return lossy ? saturate(samples, format, bits) : samples;
}

/**
 * A lossy stream with more bits than the file stores may exceed the stored range; masking the high bits would turn white into
 * black. Clamps the samples of such a stream, which has `bits` bits.
 */
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

function nativeSamples({ bytes, bigEndian, swapBytes }: Frame, { width, height, allocated }: SampleFormat): Uint16Array {
  const samples = new Uint16Array(width * height);
  for (let i = 0; i < samples.length; i++) {
    if (allocated === 8) samples[i] = bytes[swapBytes ? i ^ 1 : i];
    else samples[i] = bigEndian ? (bytes[2 * i] << 8) | bytes[2 * i + 1] : bytes[2 * i] | (bytes[2 * i + 1] << 8);
  }
  return samples;
}

/** The stream's own header chooses the decoder: the runtime's for 8-bit DCT, this folder's for 12-bit DCT and lossless. */
async function decodeJpeg(bytes: Uint8Array, format: SampleFormat, runtime: ImageRuntime): Promise<Coded> {
  const { width, height, allocated } = format;
  const jpeg = readJpeg(bytes);
  const { precision: bits } = jpeg;
  if (jpeg.components !== 1 || jpeg.width !== width || jpeg.height !== height || bits > allocated) {
    throw mismatchedPixels();
  }
  const isLossless = jpeg.process === "lossless";
  // Each sample or block takes a bit or more: a short stream cannot make a decoder allocate a large image.
  const codes = isLossless ? width * height : Math.ceil(width / 8) * Math.ceil(height / 8);
  if (codes > 8 * bytes.length) throw damagedPixels();
  if (isLossless) return { samples: decodeLossless(jpeg), bits, lossy: false };
  if (bits === 12) return { samples: decodeExtended(jpeg), bits, lossy: true };
  const grey = await runtime.decodeGreyJpeg(bytes, width * height).catch(() => {
    throw damagedPixels();
  });
  if (!grey) throw new Error("not greyscale: its JPEG has colours");
  return { samples: Uint16Array.from(grey), bits, lossy: true };
}
