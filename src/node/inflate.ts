import { inflateRawSync } from "node:zlib";

/** Throws where the data are damaged or give more bytes than `most`. */
export const inflateRaw = (bytes: Uint8Array, most: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: most });
