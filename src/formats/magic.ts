/** First bytes of image files. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
export const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

export function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** A preamble of 128 bytes, which may be anything, and "DICM"; or none of it. */
export const isDicom = (bytes: Buffer): boolean => hasPreamble(bytes) || bareSyntax(bytes) !== undefined;

export const hasPreamble = (bytes: Buffer): boolean => bytes.toString("latin1", 128, 132) === "DICM";

/**
 * The transfer syntax of a data set without preamble and meta information, as older archives write it; undefined where it is none.
 * The first element is of group 8; its value representation, two letters, or in their place a short length, tells the syntax.
 */
export function bareSyntax(bytes: Buffer): string | undefined {
  if (bytes.length < 8) return undefined;
  const letters = /^[A-Z]{2}/.test(bytes.toString("latin1", 4, 6));
  const isFirst = (group: number, element: number) => group === 8 && element <= 0x18;
  if (isFirst(bytes.readUInt16BE(0), bytes.readUInt16BE(2)) && letters) return EXPLICIT_BIG_ENDIAN;
  if (!isFirst(bytes.readUInt16LE(0), bytes.readUInt16LE(2))) return undefined;
  if (letters) return EXPLICIT_LITTLE_ENDIAN;
  return bytes.readUInt32LE(4) <= 64 ? IMPLICIT_LITTLE_ENDIAN : undefined;
}

const IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
const EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2";

/** How much of a file isImage looks at. */
export const MAGIC_BYTES = 132;

/** Whether the file is one of those that pulmo decodes, by how it begins. */
export const isImage = (bytes: Buffer): boolean => startsWith(bytes, JPEG) || startsWith(bytes, PNG) || isDicom(bytes);
