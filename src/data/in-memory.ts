// Images that a program holds in memory, as a dataset. Image i is named <split>/<class>/<i>.
import { createHash } from "node:crypto";
import { InputError } from "../core/errors.js";
import type { Pixels } from "../core/resize.js";
import { makeResizer } from "../node/resizer.js";
import {
  CLASSES,
  type ClassNames,
  type ImageFile,
  type Label,
  type Manifest,
  type PixelCache,
  SPLITS,
  type Split,
} from "./types.js";

/** Stands for the path of the dataset. */
export const MEMORY = "memory";

export interface MemoryImage {
  /** 8-bit pixels, row by row: grey or RGB. */
  pixels: Pixels;
  /** 0 or 1, or a class's name. */
  label: number | string;
  /** Default: train. */
  split?: Split;
  /** Whom it shows: a patient's images stay together. */
  patient?: string;
  /** What evaluation reports by: a hospital, a device. */
  group?: string;
}

export interface MemoryDataset {
  manifest: Manifest;
  pixels: PixelCache;
}

/** Resizes the images to `size` x `size`. Throws an InputError that names an image which is not usable. */
export function datasetInMemory(images: readonly MemoryImage[], size: number, classes: ClassNames = CLASSES): MemoryDataset {
  const resize = makeResizer(size);
  const found: Record<Split, { image: ImageFile; pixels: Pixels; row: Uint8Array }[]> = { train: [], val: [], test: [] };
  images.forEach(({ pixels, label: given, split = "train", patient, group }, i) => {
    checkPixels(pixels, i);
    const label = labelOf(given, classes, i);
    if (!SPLITS.includes(split))
      throw new InputError(`Image ${i}: the split is ${JSON.stringify(split)}: use train, val or test.`);
    const original = {
      width: pixels.width,
      height: pixels.height,
      sha256: createHash("sha256").update(pixels.data).digest("hex"),
    };
    const image: ImageFile = {
      ...{ file: `${split}/${classes[label]}/${i}`, split, label, bytes: pixels.data.length, mtimeMs: 0 },
      ...{ archive: original.sha256, original, ...(patient !== undefined && { patient }), ...(group !== undefined && { group }) },
    };
    found[split].push({ image, pixels, row: resize(pixels) });
  });
  const all = SPLITS.flatMap((split) => found[split]);
  const byName = new Map(all.map(({ image, pixels }) => [image.file, { ...pixels, sha256: image.original!.sha256 }]));
  const source = {
    read: async (file: string) => byName.get(file)!,
    decode: () => Promise.reject(new Error("images in memory need no cache")),
  };
  const imagesOf = (split: Split) => found[split].map(({ image }) => image);
  const rowsOf = (split: Split) => ({
    images: imagesOf(split),
    rowBytes: size * size * 3,
    read: async (i: number, into: Uint8Array) => into.set(found[split][i].row),
  });
  const bySplit = <T>(of: (split: Split) => T): Record<Split, T> => ({ train: of("train"), val: of("val"), test: of("test") });
  return {
    manifest: { root: MEMORY, images: bySplit(imagesOf), source, classes, notes: [], synthetic: false },
    pixels: {
      splits: bySplit(rowsOf),
      ...{ size, unreadable: [], severalFrames: [], hit: true, path: "", removed: [], close: async () => {} },
    },
  };
}

function checkPixels(pixels: Pixels, i: number): void {
  const { data, width, height, channels } = pixels ?? {};
  const whole = (n: unknown) => Number.isInteger(n) && (n as number) > 0;
  if (!whole(width) || !whole(height) || (channels !== 1 && channels !== 3) || data?.length !== width * height * channels) {
    throw new InputError(`Image ${i}: its pixels are not width x height x channels bytes, with 1 or 3 channels.`);
  }
}

function labelOf(given: number | string, classes: ClassNames, i: number): Label {
  const label =
    typeof given === "string" ? classes.findIndex((name) => name.toUpperCase() === given.trim().toUpperCase()) : given;
  if (label === 0 || label === 1) return label;
  throw new InputError(`Image ${i}: the label is ${JSON.stringify(given)}: use ${classes[0]} or 0, ${classes[1]} or 1.`);
}
