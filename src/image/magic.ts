// The format of an image file, from its first bytes.
import { hasBytes, indexOfBytes, viewOf } from "./bytes.js";

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
const DICM = Uint8Array.of(0x44, 0x49, 0x43, 0x4d);
const PREAMBLE_BYTES = 128;

/** How many bytes imageFormatOfFile reads. */
export const BEGINNING_BYTES = 512;
/** SOP class of a DICOMDIR, Media Storage Directory Storage. */
const DIRECTORY_CLASS = new TextEncoder().encode("1.2.840.10008.1.3.10");

export type ImageFormat = "jpeg" | "png" | "dicom";

/** Undefined if pulmo does not decode the file. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (hasPreamble(bytes)) return "dicom";
  if (hasBytes(bytes, JPEG)) return "jpeg";
  if (hasBytes(bytes, PNG)) return "png";
  return dicomStart(bytes) === undefined ? undefined : "dicom";
}

/** The format of a file of unknown name, from its beginning. A DICOMDIR is DICOM, but no image. */
export function imageFormatOfFile(beginning: Uint8Array): ImageFormat | undefined {
  const format = imageFormat(beginning);
  return format === "dicom" && indexOfBytes(beginning, DIRECTORY_CLASS) >= 0 ? undefined : format;
}

/** A DICOM file starts with a preamble of 128 arbitrary bytes, then "DICM" (PS3.10 7.1). */
export const hasPreamble = (bytes: Uint8Array): boolean => hasBytes(bytes, DICM, PREAMBLE_BYTES);

/**
 * Where the first element of a DICOM file is, also of one that lacks the preamble, "DICM", or all of the file meta information, as
 * older archives write it; undefined for other files.
 */
export function dicomStart(bytes: Uint8Array): number | undefined {
  for (const at of [PREAMBLE_BYTES, 0]) if (hasBytes(bytes, DICM, at)) return at + DICM.length;
  return [0, PREAMBLE_BYTES].find((at) => at + 16 <= bytes.length && isFirstElement(bytes, at));
}

/**
 * Whether the file meta information (group 2) or a data set (group 8) begins here: an element with a low number, and a value
 * representation of two letters or a short length.
 */
function isFirstElement(bytes: Uint8Array, at: number): boolean {
  const view = viewOf(bytes);
  const isExplicit = isCapital(bytes[at + 4]) && isCapital(bytes[at + 5]);
  const begins = (group: number, littleEndian: boolean) =>
    view.getUint16(at, littleEndian) === group && view.getUint16(at + 2, littleEndian) <= 0x18;
  const length = view.getUint32(at + 4, true);
  if (begins(8, false)) return isExplicit;
  if (begins(8, true)) return isExplicit || length <= 256;
  // In implicit VR, group 2 begins with its own length, of 4 bytes, and continues.
  return begins(2, true) && (isExplicit || (length === 4 && view.getUint16(at + 12, true) === 2));
}

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
