// Arrays as NumPy writes them, and invalid ones.
import { zipSync } from "fflate";

/** A .npy of version 1 with any header. NumPy pads it with spaces, so that the elements start at a multiple of 64. */
export function npyBytes(header: string, data: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, Buffer.from(padded, "latin1"), data]);
}

/** NumPy's own header. */
export const npyHeader = (descr: string, shape: number[], order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;

export const uint8Array = (shape: number[], data: Uint8Array): Uint8Array => npyBytes(npyHeader("|u1", shape), data);

/** .npy files by the arrays' names. */
export function npzBytes(arrays: Record<string, Uint8Array>, level: 0 | 9 = 9): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, npy]) => [`${name}.npy`, npy])), { level });
}
