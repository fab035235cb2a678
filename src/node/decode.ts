import { createHash } from "node:crypto";
import type { Sharp } from "sharp";
import type { Pixels } from "../core/resize.js";
import { checkSize, type ImageBounds, MAX_FILE_BYTES, MAX_IMAGE } from "../image/bounds.js";
import { rgbOfCmyk } from "../image/cmyk.js";
import { damagedImage, notAnImage } from "../image/faults.js";
import { loadTurbo } from "../image/jpeg/load-turbo.js";
import { type JpegPicture, readPicture } from "../image/jpeg/picture.js";
import { decodeWithTurbo } from "../image/jpeg/turbo.js";
import { type ImageFormat, imageFormat } from "../image/magic.js";
import { withBlankNote } from "../image/notes.js";
import type { Subject } from "../image/other-part.js";
import { decodePng } from "../image/png/decode.js";
import { readBounded } from "./files.js";
import { inflateRaw } from "./inflate.js";

/** Up to this number of pixels, two extra channels cost less than libvips's conversion to "b-w", which has 0.4 ms of set-up. */
const SMALL_PIXELS = 2 ** 17;

export interface DecodedImage extends Pixels, Subject {
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string;
}

/** decodeBytes for the file at a path. */
export const decodeImage = async (path: string): Promise<DecodedImage> => decodeBytes(await readBounded(path, MAX_FILE_BYTES));

/**
 * The pixels of PIL's Image.open(file).convert("RGB"): ICC profiles and EXIF rotation are not applied, alpha is dropped without
 * blending, palettes are looked up, CMYK is converted without a profile. 16 bits become 8 by the bits in use
 * (image/grey-depth.ts). The format is detected from the content, not from the file name. Only JPEG, PNG and DICOM are accepted:
 * an SVG could read other files. DICOM radiographs give the grey levels of their window (image/dicom/decode.ts).
 */
export async function decodeBytes(bytes: Uint8Array): Promise<DecodedImage> {
  if (bytes.length === 0) throw new Error("the file is empty");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const format = imageFormat(bytes);
  if (!format) throw notAnImage(bytes);
  return { ...(await DECODERS[format](bytes)), sha256 };
}

const DECODERS: Record<ImageFormat, (bytes: Uint8Array) => Promise<Pixels & Subject>> = {
  async dicom(bytes) {
    // Loaded with the first DICOM file.
    const { decodeDicom } = await import("../image/dicom/decode.js");
    return decodeDicom(bytes, MAX_IMAGE, { inflateRaw, decodeGreyJpeg });
  },
  png: async (bytes) => withBlankNote(decodePng(bytes, MAX_IMAGE, { inflateRaw })),
  jpeg: async (bytes) => withBlankNote(await decodeJpeg(bytes, MAX_IMAGE)),
};

const decodeJpeg = (file: Uint8Array, bounds: ImageBounds): Promise<Pixels> => decodePicture(readPicture(file), bounds);

async function decodePicture(picture: JpegPicture, bounds: ImageBounds): Promise<Pixels> {
  const { width, height, components, progressive } = picture;
  checkSize(width, height, bounds);
  // libvips misses some of libjpeg's warnings. Of sequential files readPicture has found what they would tell.
  if (progressive) return decodeWithTurbo(picture, () => loadTurbo(inflateRaw));
  const image = await openJpeg(picture, bounds);
  if (components === 4) {
    const cmyk = await rawPixels(image.pipelineColourspace("cmyk").toColourspace("cmyk"));
    return { data: rgbOfCmyk(cmyk.data), width, height, channels: 3 };
  }
  // A small grey image is converted to "srgb" for speed. The three channels are equal.
  const grey = components === 1 && width * height > SMALL_PIXELS;
  const { data, channels } = await rawPixels(image.toColourspace(grey ? "b-w" : "srgb"));
  if (channels !== 1 && channels !== 3) throw damagedImage();
  return { data, width, height, channels };
}

/** The grey levels of an 8-bit DCT JPEG inside a DICOM file; undefined if it is a colour image. */
async function decodeGreyJpeg(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined> {
  const picture = readPicture(bytes);
  if (picture.components !== 1) return undefined;
  const { data, channels } = await decodePicture(picture, { ...MAX_IMAGE, pixels: maxPixels });
  return channels === 1 ? data : data.filter((_, i) => i % channels === 0);
}

/** Warnings of libjpeg are failures: data that end early, bytes to spare, wrong codes or restart markers. */
async function openJpeg({ bytes }: JpegPicture, bounds: ImageBounds): Promise<Sharp> {
  // Loaded with the first JPEG: other commands start sooner.
  const { default: sharp } = await import("sharp");
  return sharp(bytes, { ignoreIcc: true, autoOrient: false, failOn: "warning", limitInputPixels: bounds.pixels });
}

async function rawPixels(image: Sharp) {
  // libvips has one error buffer for all threads: its message may concern another image.
  const { data, info } = await image
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => {
      throw damagedImage();
    });
  return { data, channels: info.channels as number };
}
