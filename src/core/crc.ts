/** A cyclic redundancy check of 32 bits, reflected, by a table: of bytes, going on from a value. */
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

/** zlib's. Node has its own, which is quicker. */
export const CRC32 = 0xedb88320;
/** Castagnoli's, as iSCSI has it. */
export const CRC32C = 0x82f63b78;
