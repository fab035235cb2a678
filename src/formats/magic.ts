/** How image files begin. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
export const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

export function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** A preamble of 128 bytes, which may be anything, and "DICM". */
export const isDicom = (bytes: Buffer): boolean => bytes.toString("latin1", 128, 132) === "DICM";
