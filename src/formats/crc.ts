/** A reflected 32-bit cyclic redundancy check by a table. `value`: the check of the bytes before. */
export function createCrc(polynomial: number): (bytes: Uint8Array, value?: number) => number {
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? polynomial ^ (c >>> 1) : c >>> 1;
    return c;
  });
  return (bytes, value = 0) => {
    let c = ~value;
    for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
    return ~c >>> 0;
  };
}

/** The polynomial of zlib. Node has a faster implementation. */
export const CRC32 = 0xedb88320;
/** The polynomial of Castagnoli, as in iSCSI. */
export const CRC32C = 0x82f63b78;
