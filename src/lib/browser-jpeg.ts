// JPEG by the browser, with the pixels that node/decode.ts has: no rotation, no blending, no colour correction.
import type { Pixels } from "../core/resize.js";
import { checkSize, type ImageBounds, MAX_IMAGE } from "../image/bounds.js";
import { concatBytes } from "../image/bytes.js";
import { damagedImage } from "../image/faults.js";
import { type FrameHeader, MARKER, readFrameHeader, segmentsToScan, startsFrame } from "../image/jpeg/markers.js";

interface Headers {
  frame: FrameHeader;
  /** The file without EXIF, by which browsers rotate, and without colour profiles. One part: Firefox decodes no Blob of many. */
  plain: Uint8Array<ArrayBuffer>;
}

function readHeaders(bytes: Uint8Array): Headers {
  const kept = [bytes.subarray(0, 2)];
  let frame: FrameHeader | undefined;
  for (const { marker, body, start, end } of segmentsToScan(bytes)) {
    if (startsFrame(marker)) frame = readFrameHeader(body);
    if (marker === MARKER.SOS) kept.push(bytes.subarray(start));
    else if (marker !== MARKER.APP1 && marker !== MARKER.APP2) kept.push(bytes.subarray(start, end));
  }
  if (!frame || !hasEnd(bytes)) throw damagedImage();
  return { frame, plain: concatBytes(kept) };
}

/** Browsers show a file that is cut short, with the missing part filled; pulmo refuses it. */
function hasEnd(bytes: Uint8Array): boolean {
  const at = bytes.lastIndexOf(MARKER.EOI);
  return at > 0 && bytes[at - 1] === 0xff;
}

export async function decodeJpeg(bytes: Uint8Array, bounds: ImageBounds): Promise<Pixels> {
  if (typeof createImageBitmap !== "function") throw new Error("this runtime decodes no JPEG: give pixels");
  const { frame, plain } = readHeaders(bytes);
  const { width, height, components } = frame;
  checkSize(width, height, bounds);
  if (components === 4)
    throw new Error("CMYK is not supported here, because browsers convert it differently: use `pulmo predict`");
  const blob = new Blob([plain], { type: "image/jpeg" });
  const asStored = { imageOrientation: "none", premultiplyAlpha: "none", colorSpaceConversion: "none" } as const;
  const image = await createImageBitmap(blob, asStored).catch(() => {
    throw damagedImage();
  });
  const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  canvas.drawImage(image, 0, 0);
  image.close();
  const rgba = canvas.getImageData(0, 0, width, height).data;
  const channels = components === 1 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0, o = 0; o < data.length; i += 4) for (let c = 0; c < channels; c++) data[o++] = rgba[i + c];
  return { data, width, height, channels };
}

/** The grey levels of an 8-bit DCT JPEG inside a DICOM file; undefined if it has colours. */
export async function decodeGreyJpeg(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined> {
  const { data, channels } = await decodeJpeg(bytes, { ...MAX_IMAGE, pixels: maxPixels });
  return channels === 1 ? data : undefined;
}
