// Lookup tables (PS3.3 C.11.1.1, C.11.2.1.1).
import type { DataSet } from "./data-set.js";

/** More than the 65536 that a descriptor can state. */
const MAX_ENTRIES = 65538;

export interface Lut {
  /** The entry of a value. NaN if the table ends before the entry, or goes on after the last one that it states. */
  at(value: number): number;
  /** Bits that the descriptor states, and bits that the largest entry needs. */
  statedBits: number;
  usedBits: number;
}

/**
 * The first table of a sequence; null if there is none. Its descriptor: number of entries (0 means 65536), first value mapped, bits
 * per entry. `inputs` are the values that can come in: a first value above all of them is a negative one if the table then meets them.
 */
export function readLut(dataSet: DataSet, sequence: string, inputs: Float64Array): Lut | null {
  const item = dataSet.elements[sequence]?.items?.[0]?.dataSet;
  if (!item) return null;
  const descriptor = item.elements.x00283002;
  const data = item.elements.x00283006;
  if (!descriptor || descriptor.length < 6 || !data || data.length === 0) throw damagedLut();
  const [count, firstWord, statedBits] = [0, 1, 2].map((i) => item.uint16("x00283002", i)!);
  const entries = count || 65536;
  const least = inputs.reduce((a, b) => Math.min(a, b), Infinity);
  const most = inputs.reduce((a, b) => Math.max(a, b), -Infinity);
  const meetsAsNegative = firstWord > most && firstWord - 65536 + entries > least;
  const negative = firstWord >= 32768 && (descriptor.vr === "SS" || meetsAsNegative);
  const first = firstWord - (negative ? 65536 : 0);
  // Entries of 8 bits are stored as bytes, or as words.
  const asBytes = statedBits <= 8 && data.length < 2 * entries;
  const held = Math.min(asBytes ? data.length : data.length >> 1, MAX_ENTRIES);
  const entry = asBytes ? (i: number) => item.byteArray[data.dataOffset + i] : (i: number) => item.uint16("x00283006", i)!;
  const table = Float64Array.from({ length: Math.max(entries, held) }, (_, i) => (i < held ? entry(i) : Number.NaN));
  // Bytes may be padded to a word.
  const surplus = held > entries + (asBytes ? 1 : 0);
  const last = surplus ? Number.NaN : table[entries - 1];
  const largestEntry = table.reduce((largest, value) => Math.max(largest, value || 0), 0);
  return {
    statedBits,
    usedBits: Math.max(1, Math.ceil(Math.log2(largestEntry + 1))),
    at: (value) => {
      const index = Math.trunc(value - first);
      return index >= entries ? last : table[Math.max(index, 0)];
    },
  };
}

export const damagedLut = () => new Error("the DICOM file's lookup table does not match its descriptor");
