// Uint8Array as every runtime has it: Node's Buffer is one too, so nothing here or in its callers may need more.
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function concatBytes(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether `expected` stands in `bytes` at offset `at`. */
export const hasBytes = (bytes: Uint8Array, expected: Uint8Array, at = 0): boolean =>
  expected.every((byte, i) => bytes[at + i] === byte);

/** Offset of the first `wanted` in `bytes`, or -1. */
export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  let at = bytes.indexOf(wanted[0]);
  while (at >= 0 && !hasBytes(bytes, wanted, at)) at = bytes.indexOf(wanted[0], at + 1);
  return at;
}
