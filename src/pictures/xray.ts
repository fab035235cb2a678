// Small copies of images for the report.
import type { Pixels } from "../core/resize.js";

export interface Grey {
  /** One byte per pixel, row-major. */
  data: Uint8Array;
  width: number;
  height: number;
}

/** A grey copy, at most `most` pixels wide and 5/4 as high, so that a tall, narrow image does not make the page long. */
export async function smallXray(image: Pixels, most: number): Promise<Grey> {
  const { default: sharp } = await import("sharp");
  const { width, height, channels } = image;
  const { data, info } = await sharp(image.data, { raw: { width, height, channels } })
    .greyscale()
    .resize({ width: most, height: (most * 5) / 4, fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** JPEG qualities to try in order. X-rays fit into MAX_JPEG_BYTES with the first one; noise needs the last. */
const QUALITIES = [70, 50, 30, 10];
export const MAX_JPEG_BYTES = 9.5 * 1024;

/** A JPEG of grey or RGB pixels, at most MAX_JPEG_BYTES long. */
export async function smallJpeg(data: Uint8Array, { width, height }: { width: number; height: number }): Promise<Buffer> {
  for (const quality of QUALITIES) {
    const jpeg = await asJpeg(data, { width, height }, quality);
    if (jpeg.length <= MAX_JPEG_BYTES) return jpeg;
  }
  throw new Error(`${width}x${height} pixels do not fit into ${MAX_JPEG_BYTES} bytes`);
}

/** A JPEG of grey or RGB pixels, of any length. */
export async function asJpeg(
  data: Uint8Array,
  { width, height }: { width: number; height: number },
  quality: number,
): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  const channels = data.length === width * height ? 1 : 3;
  return sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .jpeg({ quality, mozjpeg: true })
    .toBuffer();
}
