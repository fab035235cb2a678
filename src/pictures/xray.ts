// The dataset's images made small. They are somebody else's files: decodeImage bounds what they may be.
import sharp from "sharp";
import { decodeImage } from "../data/decode.js";
import type { Pixels } from "../data/resize.js";

export interface Grey {
  /** A byte a pixel, row by row. */
  data: Uint8Array;
  width: number;
  height: number;
}

/** A grey copy at most `width` wide and 5/4 of that high: a thin, long image must not make a long page. */
export async function smallXray(image: Pixels, width: number): Promise<Grey> {
  const { data, info } = await sharp(image.data, { raw: image })
    .greyscale().resize({ width, height: (width * 5) / 4, fit: "inside" }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

export const readXray = decodeImage;

/** Qualities tried, best first. The last one makes a hundredth of noise, the worst to compress, fit. */
const QUALITIES = [70, 50, 30, 10];

/** A JPEG of at most `maxBytes`: a plain X-ray takes a third of it. Null where it cannot be done. */
export async function smallJpeg(data: Uint8Array, raw: { width: number; height: number; channels: 1 | 3 }, maxBytes: number): Promise<Buffer | null> {
  for (const quality of QUALITIES) {
    const jpeg = await sharp(data, { raw }).toColourspace(raw.channels === 1 ? "b-w" : "srgb")
      .jpeg({ quality, mozjpeg: true, chromaSubsampling: "4:4:4" }).toBuffer();
    if (jpeg.length <= maxBytes) return jpeg;
  }
  return null;
}
