// What reading an image file assumed.
import type { Pixels } from "../core/resize.js";

export interface Noted {
  /**
   * What was assumed about the file, or what a reader of its score should know, one clause each: "3 frames: only the first one is
   * used". Clauses without file names are equal for files of the same kind, so that a dataset's files are counted by them. Omitted
   * if there are none.
   */
  notes?: string[];
}

export const noted = (notes: string[]): Noted => (notes.length > 0 ? { notes } : {});

/** An image of which nearly all pixels have one grey level shows nothing. */
const BLANK_SHARE = 0.99;

/** `counts`: the number of pixels by grey level. */
export function noteBlank(counts: ArrayLike<number>, notes: string[]): void {
  let [most, total] = [0, 0];
  for (let level = 0; level < counts.length; level++) {
    most = Math.max(most, counts[level]);
    total += counts[level];
  }
  const share = most / (total || 1);
  if (share >= BLANK_SHARE) notes.push(`${Math.floor(100 * share)}% of the pixels have one grey level`);
}

/** Of colours, green stands for the grey level. */
export function withBlankNote(image: Pixels & Noted): Pixels & Noted {
  const { data, channels, notes = [] } = image;
  const counts = new Uint32Array(256);
  for (let i = channels >> 1; i < data.length; i += channels) counts[data[i]]++;
  const all = [...notes];
  noteBlank(counts, all);
  return { ...image, ...noted(all) };
}
