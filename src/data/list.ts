// A CSV file as a dataset: file,label,split[,patient]. File names are relative to the folder of the CSV file.
import { dirname, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { findImages, labelledRecords, readText, shown, sortAndLimit } from "./labels.js";
import type { ManifestOptions } from "./manifest.js";
import { imagesBelow } from "./sources.js";
import { CLASSES, type Manifest, SPLITS } from "./types.js";

const HEADERS = [
  ["file", "label", "split"],
  ["file", "label", "split", "patient"],
];

/** The extension decides: any text could be CSV. */
export const isList = (path: string): boolean => /\.csv$/i.test(path);

export interface ListOptions extends ManifestOptions {
  /** The validation set is taken from train, so the CSV file may have none. */
  withoutVal?: boolean;
}

/** Every split must have both classes. `limit`: see readManifest. */
export async function readListManifest(path: string, options: ListOptions = {}): Promise<Manifest> {
  const { limit, classes = CLASSES, withoutVal = false } = options;
  const csv = resolve(path);
  const root = dirname(csv);
  const listed = labelledRecords(await readText(csv), csv, HEADERS, classes, ([word, patient], where) => {
    const split = SPLITS.find((name) => name === word.trim().toLowerCase());
    if (!split) throw new InputError(`${where}: the split ${shown(word)} is unknown: use train, val or test.`);
    return { split, patient: patient?.trim() || undefined };
  });
  const images: Manifest["images"] = { train: [], val: [], test: [] };
  for (const split of SPLITS) {
    const own = listed.filter((image) => image.split === split);
    const lacking = classes.find((_, label) => !own.some((image) => image.label === label));
    if (lacking !== undefined && !(split === "val" && own.length === 0 && withoutVal)) {
      const remedy = split === "val" ? "add some, or take them from train with --val-split" : "add some";
      throw new InputError(`${csv} names no ${lacking} images for ${split}: ${remedy}.`);
    }
    images[split] = await findImages(root, sortAndLimit(own, limit));
  }
  return { root: csv, images, source: imagesBelow(root), classes, notes: [], synthetic: false };
}
