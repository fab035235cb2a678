/** How image files begin. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
export const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

export function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** A preamble of 128 bytes, which may be anything, and "DICM". */
export const isDicom = (bytes: Buffer): boolean => bytes.toString("latin1", 128, 132) === "DICM";

/** How much of a file isImage looks at. */
export const MAGIC_BYTES = 132;

/** Whether the file is one of those that pulmo decodes, by how it begins. */
export const isImage = (bytes: Buffer): boolean => startsWith(bytes, JPEG) || startsWith(bytes, PNG) || isDicom(bytes);
