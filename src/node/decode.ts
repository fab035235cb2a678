import { createHash } from "node:crypto";
import sharp, { type Sharp } from "sharp";
import { checkSize, MAX_FILE_BYTES, MAX_IMAGE } from "../core/image-bounds.js";
import type { Pixels } from "../core/resize.js";
import { isDicom, isImage } from "../formats/magic.js";
import { readBounded } from "./files.js";

/** Up to here two more channels cost less than the 0.4 ms in which libvips prepares the way to "b-w". */
const SMALL_PIXELS = 2 ** 17;

export interface DecodedImage extends Pixels {
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** Of a DICOM file: how many it holds; the pixels are the first one's. */
  frames?: number;
}

/**
 * The pixels of PIL's Image.open(file).convert("RGB"): ICC profiles and EXIF rotation are not applied, alpha is dropped and
 * not blended, palettes are looked up, CMYK is converted without a profile. 16 bits become 8 by dropping the low byte; PIL does
 * so for colour and for grey with alpha, but clips plain 16-bit grey at 255, which turns an X-ray white and is not imitated.
 * The content decides the format, not the file's name; anything but JPEG, PNG and DICOM is refused (SVG could reach other
 * files). Of a DICOM radiograph come the grey levels that its window shows: see dicom.ts.
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  if (bytes.length === 0) throw new Error("the file is empty");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (isDicom(bytes)) {
    // Its parser and decoders are loaded by the first such file.
    const { decodeDicom } = await import("./dicom.js");
    return { ...(await decodeDicom(bytes, MAX_IMAGE)), sha256 };
  }
  if (!isImage(bytes)) throw new Error("not a JPEG, PNG or DICOM image");
  const image = sharp(bytes, { ignoreIcc: true, autoOrient: false, failOn: "error", limitInputPixels: MAX_IMAGE.pixels });
  const { space, width, height } = await image.metadata().catch(asDamaged);
  checkSize(width, height, MAX_IMAGE);

  if (space === "cmyk") return { ...fromCmyk(await rawPixels(image.pipelineColourspace("cmyk").toColourspace("cmyk"))), sha256 };
  // 16-bit grey goes by "srgb": libvips rounds it on the way to "b-w". Small grey images too, for speed: the same levels, thrice.
  const grey = space === "b-w" && width * height > SMALL_PIXELS;
  const { data, channels } = await rawPixels(image.removeAlpha().toColourspace(grey ? "b-w" : "srgb"));
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} channels of colour space ${space} are not supported`);
  return { data, width, height, channels, sha256 };
}

async function rawPixels(image: Sharp) {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true }).catch(asDamaged);
  return { data, width: info.width, height: info.height, channels: info.channels as number };
}

/** libvips keeps one buffer of errors for all threads: its words may be about the image of another thread, so these are ours. */
function asDamaged(error: Error): never {
  throw new Error(
    /pixel limit/.test(error.message)
      ? `more than ${MAX_IMAGE.pixels / 1e6} million pixels`
      : "the image data are damaged or cut short",
  );
}

/** PIL's Convert.c, cmyk2rgb, c = 255 for full ink: rgb = clip8((255 - k) - muldiv255(c, 255 - k)). */
function fromCmyk(raw: { data: Buffer; width: number; height: number }): Pixels {
  const { data: cmyk, width, height } = raw;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, o = 0; o < data.length; i += 4, o += 3) {
    const light = 255 - cmyk[i + 3];
    for (let c = 0; c < 3; c++) {
      // muldiv255(a, b): a * b / 255, rounded, by shifts.
      const product = cmyk[i + c] * light + 128;
      data[o + c] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return { data, width, height, channels: 3 };
}
