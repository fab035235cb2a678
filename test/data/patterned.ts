import sharp, { type Sharp } from "sharp";

/** A picture that has every value somewhere, to be written in any format. */
export function patterned(width: number, height: number, channels: 1 | 2 | 3 | 4): Sharp {
  const data = Buffer.from(Array.from({ length: width * height * channels }, (_, i) => (i * 7 + (i >> 5)) % 256));
  return sharp(data, { raw: { width, height, channels } });
}
