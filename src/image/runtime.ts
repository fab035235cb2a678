/** The two operations that image decoding takes from its runtime. */
export interface ImageRuntime {
  /** Inflates raw DEFLATE data (RFC 1951). Throws if the data are damaged, cut short, or inflate to more than `maxBytes`. */
  inflateRaw(bytes: Uint8Array, maxBytes: number): Uint8Array;
  /** Grey levels of an 8-bit DCT JPEG of at most `maxPixels` pixels; undefined if it has colours. Rejects if it is damaged. */
  decodeGreyJpeg(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined>;
}
