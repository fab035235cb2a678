// Images that a program holds in memory, as a dataset.
import { createHash } from "node:crypto";
import { makeResizer } from "../node/resizer.js";
import { type MemoryImage, memoryRows, pixelRows } from "./memory-images.js";
import { CLASSES, type ClassNames, type Manifest, type PixelCache, SPLITS, type Split } from "./types.js";

export type { MemoryImage } from "./memory-images.js";

/** Stands for the path of the dataset. */
export const MEMORY = "memory";

export interface MemoryDataset {
  manifest: Manifest;
  pixels: PixelCache;
}

/** Resizes the images to `size` x `size`. Throws an InputError that names an image which is not usable. */
export function datasetInMemory(images: readonly MemoryImage[], size: number, classes: ClassNames = CLASSES): MemoryDataset {
  const found = memoryRows(images, makeResizer(size), classes);
  const all = SPLITS.flatMap((split) => found[split]);
  for (const { image, pixels } of all) {
    const sha256 = createHash("sha256").update(pixels.data).digest("hex");
    Object.assign(image, { archive: sha256, original: { width: pixels.width, height: pixels.height, sha256 } });
  }
  const byName = new Map(all.map(({ image, pixels }) => [image.file, { ...pixels, sha256: image.original!.sha256 }]));
  const source = {
    read: async (file: string) => byName.get(file)!,
    sha256: async (file: string) => byName.get(file)!.sha256,
    decode: () => Promise.reject(new Error("images in memory need no cache")),
  };
  const imagesOf = (split: Split) => found[split].map(({ image }) => image);
  const rowsOf = (split: Split) => pixelRows(found[split], size);
  const bySplit = <T>(of: (split: Split) => T): Record<Split, T> => ({ train: of("train"), val: of("val"), test: of("test") });
  return {
    manifest: { root: MEMORY, images: bySplit(imagesOf), source, classes, notes: [], synthetic: false },
    pixels: {
      splits: bySplit(rowsOf),
      ...{ size, unreadable: [], imageNotes: [], hit: true, path: "", removed: [], close: async () => {} },
    },
  };
}
