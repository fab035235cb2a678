// Stands in the page for node/jpeg-grey.ts.
import { MAX_IMAGE } from "../core/image-bounds.js";
import { decodeJpeg } from "./jpeg.js";

/** The 8-bit grey levels of a DCT JPEG of so many pixels; undefined where it has colours. Rejects where it is damaged. */
export async function decodeGreyJpeg(bytes: Uint8Array<ArrayBuffer>, pixels: number): Promise<Uint8Array | undefined> {
  const { data, channels } = await decodeJpeg(bytes, { ...MAX_IMAGE, pixels });
  return channels === 1 ? data : undefined;
}
