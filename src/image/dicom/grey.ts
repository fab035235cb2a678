// From the words of the pixel data to grey levels: Modality LUT, VOI LUT, Presentation LUT Shape (PS3.3 C.11), in float64.
import { noteBlank } from "../notes.js";
import type { DataSet } from "./data-set.js";
import { damagedLut } from "./lut.js";
import { modalityValues } from "./modality.js";
import { readPadding } from "./padding.js";
import { type SampleFormat, storedValue } from "./sample-format.js";
import { voiCurve } from "./window.js";

/**
 * The grey level of every word that occurs in `pixels`: 255 y, halves rounded up, where y in 0..1 is the value shown by the file's
 * window or VOI LUT, else its place in the range of the image's values. Padding is black and no part of that range.
 */
export function greyOfWords(dataSet: DataSet, pixels: Uint16Array, format: SampleFormat, notes: string[]): Uint8Array {
  const counts = new Uint32Array(2 ** format.allocated);
  for (const word of pixels) counts[word]++;
  const stored = Float64Array.from(counts, (_, word) => storedValue(word, format));
  const values = modalityValues(dataSet, stored, notes);
  const isPadding = readPadding(dataSet, format);
  const words: number[] = [];
  for (let word = 0; word < counts.length; word++) if (counts[word] > 0 && !isPadding(word)) words.push(word);
  noteUnusedBits(dataSet, words, format, notes);

  const curve = voiCurve(dataSet, values, notes) ?? rangeCurve(words.map((word) => values[word]));
  const inverted = isInverted(dataSet, notes);
  const grey = new Uint8Array(counts.length);
  for (const word of words) {
    const y = curve(values[word]);
    if (Number.isNaN(y)) throw damagedLut();
    const level = Math.floor(255 * Math.min(Math.max(y, 0), 1) + 0.5);
    grey[word] = inverted ? 255 - level : level;
  }
  noteBlankWords(words, counts, grey, notes);
  return grey;
}

/** An image with a single value is black. */
function rangeCurve(values: number[]): (x: number) => number {
  let [least, most] = [Infinity, -Infinity];
  for (const x of values) [least, most] = [Math.min(least, x), Math.max(most, x)];
  const range = most - least || 1;
  return (x) => (x - least) / range;
}

/**
 * MONOCHROME1 goes with the shape INVERSE, MONOCHROME2 with IDENTITY (C.8.11.3.1). The shape is the last step, so that it decides
 * where the two contradict each other, as in dcmtk and dcm4che.
 */
function isInverted(dataSet: DataSet, notes: string[]): boolean {
  const [photometric, shape] = ["x00280004", "x20500020"].map((tag) => (dataSet.string(tag) ?? "").trim().toUpperCase());
  if (dataSet.elements.x20500010?.items?.length) notes.push("a Presentation LUT: it is not applied");
  const byPhotometric = photometric === "MONOCHROME1";
  if (shape !== "INVERSE" && shape !== "IDENTITY") {
    if (shape !== "") notes.push("PresentationLUTShape is unknown: ignored");
    return byPhotometric;
  }
  const inverted = shape === "INVERSE";
  if (inverted !== byPhotometric) notes.push(`${photometric} contradicts the Presentation LUT Shape ${shape}: the shape decides`);
  return inverted;
}

/** Bits beside the stored ones are ignored: repeated sign bits and overlays (C.9.2) say nothing of the image, others may. */
function noteUnusedBits(dataSet: DataSet, words: number[], format: SampleFormat, notes: string[]): void {
  const { stored, highBit, allocated, signed } = format;
  let expected = (2 ** stored - 1) << (highBit + 1 - stored);
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const position = dataSet.uint16(`x${group.toString(16)}0102`);
    if (position !== undefined && (dataSet.uint16(`x${group.toString(16)}0100`) ?? 1) > 1) expected |= 1 << position;
  }
  const above = (2 ** allocated - 1) & ~(2 ** (highBit + 1) - 1);
  const isUnexpected = (word: number) => {
    if ((word & ~expected) === 0) return false;
    return !(signed && word & (1 << highBit) && (word & ~expected) === (above & ~expected));
  };
  if (words.some(isUnexpected)) notes.push(`bits beside the ${stored} stored ones are set: ignored`);
}

function noteBlankWords(words: number[], counts: Uint32Array, grey: Uint8Array, notes: string[]): void {
  if (words.length === 0) notes.push("all pixels are padding");
  const perLevel = new Float64Array(256);
  for (const word of words) perLevel[grey[word]] += counts[word];
  noteBlank(perLevel, notes);
}
