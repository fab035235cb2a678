// Pixels outside the image, such as those behind a collimator (PS3.3 C.7.5.1.1.2).
import type { DataSet } from "./data-set.js";
import { type SampleFormat, storedValue } from "./sample-format.js";

/**
 * Whether a word of the pixel data is padding: its value is PixelPaddingValue, or lies between that and PixelPaddingRangeLimit, in
 * either order. Both are stored values, before the Modality LUT. Some devices pad with a value that needs more bits than are
 * stored, so that the whole word is compared as well.
 */
export function readPadding(dataSet: DataSet, format: SampleFormat): (word: number) => boolean {
  const value = readBound(dataSet, "x00280120", format);
  if (value === undefined) return () => false;
  const limit = readBound(dataSet, "x00280121", format) ?? value;
  const [least, most] = [Math.min(value, limit), Math.max(value, limit)];
  const isWithin = (x: number) => x >= least && x <= most;
  const whole = { ...format, stored: format.allocated, highBit: format.allocated - 1 };
  const hasLowBits = format.highBit === format.stored - 1;
  return (word) => isWithin(storedValue(word, format)) || (hasLowBits && isWithin(storedValue(word, whole)));
}

function readBound(dataSet: DataSet, tag: string, { stored, signed }: SampleFormat): number | undefined {
  const element = dataSet.elements[tag];
  if (!element || element.length < 2) return undefined;
  if (!signed) return dataSet.uint16(tag);
  const value = dataSet.int16(tag)!;
  // A negative value may lack its sign bits.
  return value >= 2 ** (stored - 1) && value < 2 ** stored ? value - 2 ** stored : value;
}
