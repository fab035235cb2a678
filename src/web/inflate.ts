// Stands in the page for node/inflate.ts.
import { Inflate } from "fflate";

/** Throws where the data are damaged or give more bytes than `most`. */
export function inflateRaw(bytes: Uint8Array, most: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  let complete = false;
  const inflate = new Inflate((part, last) => {
    length += part.length;
    if (length > most) throw new Error("too much");
    parts.push(part);
    complete = last;
  });
  // Piece by piece: what is too much is noticed before it is all there.
  const PIECE = 65536;
  for (let at = 0; at < bytes.length; at += PIECE) inflate.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
  if (!complete) throw new Error("cut short");
  return Buffer.concat(parts);
}
