// 16-bit images to 8 bits.

/** Detectors have these numbers of bits. */
const DEPTHS = [8, 10, 12, 14];

/**
 * The bits in use of 16-bit samples whose largest value is `most`: detectors' values of 10 to 14 bits are often stored without
 * scaling, and would be nearly black. `declared` (PNG's sBIT) counts if the values fit it; larger values are scaled to 16 bits, as
 * the standard asks. Without it, the content tells: the smallest of 8, 10, 12, 14 and 16 bits that holds the largest value.
 */
export function bitsInUse(most: number, declared: number | undefined): number {
  if (declared !== undefined) return most < 2 ** declared ? Math.max(8, declared) : 16;
  return DEPTHS.find((bits) => most < 2 ** bits) ?? 16;
}

/** The highest 8 of the `bits` in use: PIL drops the low byte of 16-bit colours in the same way. */
export const toEightBits = (samples: Uint16Array, bits: number): Uint8Array => Uint8Array.from(samples, (x) => x >> (bits - 8));

export const depthNote = (bits: number): string => `its 16-bit pixels use ${bits} bits: scaled by ${2 ** bits - 1}`;
