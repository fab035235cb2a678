// JPEG in browsers: by WebAssembly, because a canvas may give altered pixels (against fingerprinting) and browsers differ about CMYK.

import { MAX_IMAGE } from "../image/bounds.js";
import { loadTurbo } from "../image/jpeg/load-turbo.js";
import { decodeJpeg, type LoadTurbo } from "../image/jpeg/turbo.js";
import { inflateRaw } from "./browser-inflate.js";

export const turbo: LoadTurbo = () => loadTurbo(inflateRaw);

/** The grey levels of an 8-bit DCT JPEG inside a DICOM file; undefined if it has colours. */
export async function decodeGreyJpeg(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined> {
  const { data, channels } = await decodeJpeg(bytes, { ...MAX_IMAGE, pixels: maxPixels }, turbo);
  return channels === 1 ? data : undefined;
}
