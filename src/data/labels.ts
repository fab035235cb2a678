// Labels in a CSV file with the columns file,label[,group], for a folder of the user's images. All are test images.
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { readInput } from "../node/files.js";
import { csvRecords } from "./csv.js";
import { evenlySpaced, type ManifestOptions } from "./manifest.js";
import { imagesBelow } from "./sources.js";
import { CLASSES, type ClassNames, type ImageFile, type Label, type Manifest, type Split } from "./types.js";

const HEADERS = [
  ["file", "label"],
  ["file", "label", "group"],
];
const MAX_BYTES = 64 * 2 ** 20;

/** An image named by a record, relative to a folder. `where` names the record in messages. */
export interface LabelledFile extends Further {
  file: string;
  label: Label;
  where: string;
}

/** The values of the columns after file and label. */
interface Further {
  split: Split;
  group?: string | undefined;
  patient?: string | undefined;
}

/** The images in `csv`, all in test, in the order of a dataset. `limit` is the number of images of each class. */
export async function readLabelled(folder: string, csv: string, options: ManifestOptions = {}): Promise<Manifest> {
  const { limit, classes = CLASSES } = options;
  const root = resolve(folder);
  await checkFolder(root);
  const test = await findImages(root, sortAndLimit(parseLabels(await readText(csv), csv, classes), limit));
  return { root, images: { train: [], val: [], test }, source: imagesBelow(root), classes, notes: [], synthetic: false };
}

export async function readText(csv: string): Promise<string> {
  const bytes = await readInput(csv, MAX_BYTES, "name a CSV file of images and their labels");
  return bytes.toString("utf8");
}

async function checkFolder(root: string): Promise<void> {
  const found = await stat(root).catch((error) => {
    throw new InputError(`The folder ${root} cannot be read (${error.code}): give the folder that holds the images.`);
  });
  if (!found.isDirectory()) throw new InputError(`${root} is no folder: --labels goes with a folder of images.`);
}

/** In the order of the CSV file. */
export function parseLabels(text: string, name: string, classes: ClassNames = CLASSES): LabelledFile[] {
  return labelledRecords(text, name, HEADERS, classes, ([group]) => ({ split: "test", group: group?.trim() || undefined }));
}

/**
 * The records in the order of the CSV file; `more` reads the columns after file and label. A byte order mark, which spreadsheets
 * write, and empty lines at the end are ignored.
 */
export function labelledRecords(
  text: string,
  name: string,
  headers: readonly string[][],
  classes: ClassNames,
  more: (fields: string[], where: string) => Further,
): LabelledFile[] {
  const records = csvRecords(text.replace(/^\ufeff/, "").trimEnd(), name, headers);
  if (records.length === 0) throw new InputError(`${name} has no records below its header: add one for each image.`);
  // A class may be called "1": names take precedence over numbers.
  const words = new Map(
    [...["0", "1"].entries(), ...classes.entries()].map(([label, word]) => [word.toUpperCase(), label as Label]),
  );
  const seen = new Set<string>();
  return records.map(([file, word, ...others], i) => {
    const where = `${name}, record ${i + 1}`;
    const label = words.get(word.trim().toUpperCase());
    if (!isBelow(file)) {
      throw new InputError(`${where}: ${shown(file)} is no path below the images' folder: write it like that, with "/" between.`);
    }
    if (label === undefined) {
      throw new InputError(`${where}: the label ${shown(word)} is unknown: use ${classes[0]} or 0, ${classes[1]} or 1.`);
    }
    if (seen.has(file)) throw new InputError(`${where}: ${shown(file)} has a record already: remove one of them.`);
    seen.add(file);
    return { file, label, where, ...more(others, where) };
  });
}

/** All of class 0, then all of class 1, by name. */
export function sortAndLimit(labelled: LabelledFile[], limit = Infinity): LabelledFile[] {
  const sorted = labelled.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  return [0, 1].flatMap((label) =>
    evenlySpaced(
      sorted.filter((image) => image.label === label),
      limit,
    ),
  );
}

/** A relative path in its only spelling: without ".", ".." or the separator of another system. */
function isBelow(file: string): boolean {
  return !/[\\\0]/.test(file) && file.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

export const shown = (typed: string): string => JSON.stringify(typed.slice(0, 100));

export async function findImages(root: string, labelled: LabelledFile[]): Promise<ImageFile[]> {
  const found = await Promise.all(labelled.map(({ file }) => stat(join(root, file)).catch(() => null)));
  const missing = labelled.filter((_, i) => !found[i]?.isFile());
  if (missing.length > 0) {
    const [{ file, where }] = missing;
    const others = missing.length > 1 ? ` (nor are ${missing.length - 1} others)` : "";
    throw new InputError(`${where}: ${shown(file)} is no file in ${root}${others}: correct the name or remove the record.`);
  }
  return labelled.map(({ file, split, label, group, patient }, i) => {
    const { size: bytes, mtimeMs } = found[i]!;
    return {
      file,
      split,
      label,
      bytes,
      mtimeMs,
      ...(group !== undefined && { group }),
      ...(patient !== undefined && { patient }),
    };
  });
}
