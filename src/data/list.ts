// A CSV file as a dataset: file,label,split and those of about.ts. File names are relative to the folder of the CSV file.
import { dirname, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { ABOUT, aboutOf } from "./about.js";
import { imageNamesIn } from "./folders.js";
import { findImages, labelledRecords, readText, shown, sortAndLimit, unlabelledIn, unlabelledNote } from "./labels.js";
import type { ManifestOptions } from "./manifest.js";
import { imagesBelow } from "./sources.js";
import { splitOf } from "./split-words.js";
import type { Column } from "./table.js";
import { CLASSES, type Manifest, SPLITS } from "./types.js";

const COLUMNS: Column[] = [{ name: "split", synonyms: ["set", "subset", "partition"] }, ...ABOUT];

/** The extension decides: any text could be CSV. */
export const isList = (path: string): boolean => /\.(csv|tsv)$/i.test(path);

/** `limit`: see readManifest. */
export async function readListManifest(path: string, options: ManifestOptions = {}): Promise<Manifest> {
  const { limit, classes = CLASSES } = options;
  const csv = resolve(path);
  const root = dirname(csv);
  const text = await readText(csv);
  const assumed = new Set<string>();
  const listed = await labelledRecords(text.text, csv, classes, COLUMNS, ([word, ...about], where) => {
    const split = splitOf(word!);
    if (!split) throw new InputError(`${where}: the split ${shown(word!)} is unknown: use train, val or test.`);
    if (split !== word!.trim().toLowerCase()) assumed.add(`${csv}: the split ${shown(word!.trim())} was read as ${split}.`);
    return { split, ...aboutOf(about) };
  });
  const found = await findImages(root, csv, listed.records);
  const folders = new Set(found.images.map(({ file }) => dirname(file)));
  const names = (await Promise.all([...folders].map((folder) => imageNamesIn(root, folder)))).flat();
  const images: Manifest["images"] = { train: [], val: [], test: [] };
  for (const split of SPLITS) {
    const own = found.images.filter((image) => image.split === split);
    images[split] = sortAndLimit(own, limit);
  }
  const notes = [
    ...text.notes,
    ...listed.notes,
    ...assumed,
    ...found.notes,
    ...unlabelledNote(csv, unlabelledIn(names, found.images)),
  ];
  return { root: csv, images, source: imagesBelow(root), classes, notes, synthetic: false };
}
