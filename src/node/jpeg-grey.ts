import sharp from "sharp";

/** The 8-bit grey levels of a DCT JPEG of so many pixels; undefined where it has colours. Rejects where it is damaged. */
export async function decodeGreyJpeg(bytes: Buffer, pixels: number): Promise<Uint8Array | undefined> {
  const image = sharp(bytes, { ignoreIcc: true, autoOrient: false, failOn: "error", limitInputPixels: pixels });
  const { data, info } = await image.toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return info.channels === 1 ? data : undefined;
}
