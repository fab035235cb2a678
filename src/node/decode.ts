import { createHash } from "node:crypto";
import sharp, { type Sharp } from "sharp";
import type { Pixels } from "../core/resize.js";
import { checkSize, MAX_FILE_BYTES, MAX_IMAGE } from "../image/bounds.js";
import { damagedImage, notAnImage } from "../image/faults.js";
import { imageFormat } from "../image/magic.js";
import type { Subject } from "../image/other-part.js";
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
 * blending, palettes are looked up, CMYK is converted without a profile. 16 bits become 8 by dropping the low byte. PIL does the
 * same for colour and for grey with alpha, but clips 16-bit grey without alpha at 255, which would make an X-ray white. The
 * format is detected from the content, not from the file name. Only JPEG, PNG and DICOM are accepted: an SVG could read other
 * files. DICOM radiographs give the grey levels of their window (image/dicom/decode.ts).
 */
export async function decodeBytes(bytes: Uint8Array): Promise<DecodedImage> {
  if (bytes.length === 0) throw new Error("the file is empty");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const format = imageFormat(bytes);
  if (format === "dicom") {
    // Loaded with the first DICOM file.
    const { decodeDicom } = await import("../image/dicom/decode.js");
    return { ...(await decodeDicom(bytes, MAX_IMAGE, { inflateRaw, decodeGreyJpeg })), sha256 };
  }
  if (!format) throw notAnImage(bytes);
  const image = sharp(bytes, { ignoreIcc: true, autoOrient: false, failOn: "error", limitInputPixels: MAX_IMAGE.pixels });
  const { space, width, height } = await image.metadata().catch(asDamaged);
  checkSize(width, height, MAX_IMAGE);

  if (space === "cmyk") return { ...fromCmyk(await rawPixels(image.pipelineColourspace("cmyk").toColourspace("cmyk"))), sha256 };
  // 16-bit grey is converted to "srgb", because the conversion to "b-w" rounds it. So is a small grey image, for speed. The three
  // channels are equal.
  const grey = space === "b-w" && width * height > SMALL_PIXELS;
  const { data, channels } = await rawPixels(image.removeAlpha().toColourspace(grey ? "b-w" : "srgb"));
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} channels of colour space ${space} are not supported`);
  return { data, width, height, channels, sha256 };
}

/** The grey levels of an 8-bit DCT JPEG inside a DICOM file; undefined if it is a colour image. */
async function decodeGreyJpeg(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined> {
  const image = sharp(bytes, { ignoreIcc: true, autoOrient: false, failOn: "error", limitInputPixels: maxPixels });
  const { data, info } = await image.toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return info.channels === 1 ? data : undefined;
}

async function rawPixels(image: Sharp) {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true }).catch(asDamaged);
  return { data, width: info.width, height: info.height, channels: info.channels as number };
}

/** libvips has one error buffer for all threads, so its message may concern another image. It is therefore replaced. */
function asDamaged(error: Error): never {
  throw /pixel limit/.test(error.message) ? new Error(`more than ${MAX_IMAGE.pixels / 1e6} million pixels`) : damagedImage();
}

/** cmyk2rgb of PIL's Convert.c, with c = 255 for full ink: rgb = clip8((255 - k) - muldiv255(c, 255 - k)). */
function fromCmyk(raw: { data: Buffer; width: number; height: number }): Pixels {
  const { data: cmyk, width, height } = raw;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, o = 0; o < data.length; i += 4, o += 3) {
    const light = 255 - cmyk[i + 3];
    for (let c = 0; c < 3; c++) {
      // muldiv255(a, b) = a * b / 255, rounded.
      const product = cmyk[i + c] * light + 128;
      data[o + c] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return { data, width, height, channels: 3 };
}
