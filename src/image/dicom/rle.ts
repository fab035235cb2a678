import { viewOf } from "../bytes.js";
import { damagedPixels } from "../faults.js";
import type { SampleFormat } from "./sample-format.js";

/** Number of segments, then their offsets: 16 words. */
const HEADER_BYTES = 64;

/** A segment has an even length. A few more bytes do no harm. */
const MAX_PADDING = 4;
/** Two bytes code up to 128 equal ones. */
const MOST_PER_BYTE = 64;

/**
 * PS3.5 annex G: one segment of PackBits per byte of a sample, the high byte first. A segment that goes on after its last byte, as
 * one does that lacks a part in its middle, is an error.
 */
export function decodeRle(bytes: Uint8Array, { width, height, allocated }: SampleFormat): Uint16Array {
  const segments = allocated / 8;
  const header = viewOf(bytes);
  if (bytes.length < HEADER_BYTES || header.getUint32(0, true) !== segments) throw damagedPixels();
  if (width * height * segments > MOST_PER_BYTE * bytes.length) throw damagedPixels();
  const samples = new Uint16Array(width * height);
  for (let s = 0; s < segments; s++) {
    const end = s + 1 < segments ? Math.min(header.getUint32(8 + 4 * s, true), bytes.length) : bytes.length;
    let at = header.getUint32(4 + 4 * s, true);
    for (let i = 0; i < samples.length; ) {
      if (at >= end) throw damagedPixels();
      const control = bytes[at++];
      if (control === 128) continue;
      const repeated = control > 128;
      const stop = i + (repeated ? 257 - control : control + 1);
      if (stop > samples.length || at + (repeated ? 1 : stop - i) > end) throw damagedPixels();
      while (i < stop) {
        samples[i] = (samples[i] << 8) | bytes[at];
        i++;
        if (!repeated) at++;
      }
      if (repeated) at++;
    }
    if (end - at > MAX_PADDING) throw damagedPixels();
  }
  return samples;
}
