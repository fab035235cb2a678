// The format of an image file, from its first bytes.
import { hasBytes, viewOf } from "./bytes.js";

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
const DICM = Uint8Array.of(0x44, 0x49, 0x43, 0x4d);
const PREAMBLE_BYTES = 128;

/** How many bytes imageFormat reads. */
export const MAGIC_BYTES = PREAMBLE_BYTES + DICM.length;

export type ImageFormat = "jpeg" | "png" | "dicom";

/** Undefined if pulmo does not decode the file. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (hasPreamble(bytes) || bareSyntax(bytes) !== undefined) return "dicom";
  if (hasBytes(bytes, JPEG)) return "jpeg";
  return hasBytes(bytes, PNG) ? "png" : undefined;
}

/** A DICOM file starts with a preamble of 128 arbitrary bytes, then "DICM". */
export const hasPreamble = (bytes: Uint8Array): boolean => hasBytes(bytes, DICM, PREAMBLE_BYTES);

const IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
const EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2";

/**
 * The transfer syntax of a DICOM data set that lacks preamble and meta information, as older archives write it; undefined for
 * other files. The first element is in group 8. Bytes 4 and 5 tell the syntax: two letters (its value representation) if it is
 * explicit, else the low half of a small length.
 */
export function bareSyntax(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return undefined;
  const view = viewOf(bytes);
  const isExplicit = isCapital(bytes[4]) && isCapital(bytes[5]);
  const isFirst = (littleEndian: boolean) => view.getUint16(0, littleEndian) === 8 && view.getUint16(2, littleEndian) <= 0x18;
  if (isFirst(false) && isExplicit) return EXPLICIT_BIG_ENDIAN;
  if (!isFirst(true)) return undefined;
  if (isExplicit) return EXPLICIT_LITTLE_ENDIAN;
  return view.getUint32(4, true) <= 64 ? IMPLICIT_LITTLE_ENDIAN : undefined;
}

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
