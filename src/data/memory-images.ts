// Images that a program holds in memory, checked and resized: rows of a dataset, in any runtime.

import { InputError } from "../core/errors.js";
import { isEightBit } from "../core/infer.js";
import type { Pixels } from "../core/resize.js";
import { onlyAbout } from "./about.js";
import { labelReader, labelsWanted } from "./label-words.js";
import { type About, CLASSES, type ClassNames, type ImageFile, type Label, type PixelRows, SPLITS, type Split } from "./types.js";

/** A patient's images stay together; evaluation reports by all of About. */
export interface MemoryImage extends About {
  /** 8-bit pixels, row by row: grey or RGB. */
  pixels: Pixels;
  /** 0 or 1, a class's name, or another word of data/label-words.ts. */
  label: number | string | boolean;
  /** Default: train. */
  split?: Split;
}

/** An image and what it is for training: a row of size x size RGB. */
export interface MemoryRow {
  image: ImageFile;
  pixels: Pixels;
  row: Uint8Array;
}

/** Image i is named <split>/<class>/<i>. Throws an InputError that names an image which is not usable. */
export function memoryRows(
  images: readonly MemoryImage[],
  resize: (pixels: Pixels) => Uint8Array,
  classes: ClassNames = CLASSES,
): Record<Split, MemoryRow[]> {
  const found: Record<Split, MemoryRow[]> = { train: [], val: [], test: [] };
  const labelOf = labelReader(classes);
  images.forEach((one, i) => {
    const { pixels, label: given, split = "train" } = one;
    checkPixels(pixels, i);
    const label = typeof given === "number" ? [0, 1].find((known) => known === given) : labelOf(String(given));
    if (label === undefined) throw new InputError(`Image ${i}: the label is ${JSON.stringify(given)}: ${labelsWanted(classes)}.`);
    if (!SPLITS.includes(split))
      throw new InputError(`Image ${i}: the split is ${JSON.stringify(split)}: use train, val or test.`);
    const image: ImageFile = {
      ...{ file: `${split}/${classes[label]}/${i}`, split, label: label as Label, bytes: pixels.data.length },
      ...onlyAbout(one),
    };
    found[split].push({ image, pixels, row: resize(pixels) });
  });
  return found;
}

export const pixelRows = (rows: readonly Omit<MemoryRow, "pixels">[], size: number): PixelRows => ({
  images: rows.map(({ image }) => image),
  rowBytes: size * size * 3,
  read: async (i, into) => into.set(rows[i].row),
});

function checkPixels(pixels: Pixels, i: number): void {
  const { data, width, height, channels } = pixels ?? {};
  const whole = (n: unknown) => Number.isInteger(n) && (n as number) > 0;
  if (!isEightBit(data))
    throw new InputError(`Image ${i}: its pixels are no Uint8Array or Uint8ClampedArray: scale them to 0..255.`);
  if (!whole(width) || !whole(height) || (channels !== 1 && channels !== 3) || data?.length !== width * height * channels) {
    throw new InputError(`Image ${i}: its pixels are not width x height x channels bytes, with 1 or 3 channels.`);
  }
}
