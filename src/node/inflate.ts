import { inflateRawSync } from "node:zlib";

/** Throws if the data are damaged, truncated, or inflate to more than `maxBytes`. */
export const inflateRaw = (bytes: Uint8Array, maxBytes: number): Uint8Array =>
  inflateRawSync(bytes, { maxOutputLength: maxBytes });
