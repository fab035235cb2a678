import { Inflate } from "fflate";
import { concatBytes } from "../image/bytes.js";

/** Bytes that are inflated before the length is checked again. */
const PIECE = 65536;

/** Throws if the data are damaged, cut short, or inflate to more than `maxBytes` (with the code of Node's zlib). */
export function inflateRaw(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  let complete = false;
  const inflate = new Inflate((part, last) => {
    length += part.length;
    if (length > maxBytes) throw Object.assign(new Error("more bytes than allowed"), { code: "ERR_BUFFER_TOO_LARGE" });
    parts.push(part);
    complete = last;
  });
  for (let at = 0; at < bytes.length; at += PIECE) inflate.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
  if (!complete) throw new Error("cut short");
  return concatBytes(parts);
}
