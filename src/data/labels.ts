// Somebody's folder of images with a CSV that tells what they show: file,label or file,label,group.
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { readBounded } from "../node/files.js";
import { csvRecords } from "./csv.js";
import { evenlySpaced } from "./manifest.js";
import { imagesBelow } from "./sources.js";
import { CLASSES, type ImageFile, type Label, type Manifest } from "./types.js";

const HEADERS = [
  ["file", "label"],
  ["file", "label", "group"],
];
const LABELS: ReadonlyMap<string, Label> = new Map(
  CLASSES.flatMap((name, label) => [name, String(label)].map((word): [string, Label] => [word, label as Label])),
);
const MAX_BYTES = 64 * 2 ** 20;

interface LabelledFile {
  file: string;
  label: Label;
  /** Undefined: the record names none. */
  group: string | undefined;
  /** In the CSV, for messages. */
  where: string;
}

/** The images that `csv` names, all of them in test, sorted as a dataset's. `limit` takes so many of each class. */
export async function readLabelled(folder: string, csv: string, { limit }: { limit?: number } = {}): Promise<Manifest> {
  const root = resolve(folder);
  await checkFolder(root);
  const bytes = await readBounded(csv, MAX_BYTES).catch((error) => {
    throw new InputError(`${csv} cannot be read (${error.code ?? error.message}): name a CSV file of images and their labels.`);
  });
  const labelled = parseLabels(bytes.toString("utf8"), csv).sort((a, b) => (a.file < b.file ? -1 : 1));
  const chosen = CLASSES.flatMap((_, label) =>
    evenlySpaced(
      labelled.filter((image) => image.label === label),
      limit ?? Infinity,
    ),
  );
  const test = await findImages(root, chosen);
  return { root, images: { train: [], val: [], test }, source: imagesBelow(root), notes: [], synthetic: false };
}

async function checkFolder(root: string): Promise<void> {
  const found = await stat(root).catch((error) => {
    throw new InputError(`The folder ${root} cannot be read (${error.code}): give the folder that holds the images.`);
  });
  if (!found.isDirectory()) throw new InputError(`${root} is no folder: --labels goes with a folder of images.`);
}

/** In the CSV's order. A byte order mark, as spreadsheets write it, and empty lines at the end are passed over. */
export function parseLabels(text: string, name: string): LabelledFile[] {
  const records = csvRecords(text.replace(/^\ufeff/, "").trimEnd(), name, HEADERS);
  if (records.length === 0) throw new InputError(`${name} has no records below its header: add one for each image.`);
  const seen = new Set<string>();
  return records.map(([file, word, group], i) => {
    const where = `${name}, record ${i + 1}`;
    const label = LABELS.get(word.trim().toUpperCase());
    if (!isBelow(file)) {
      throw new InputError(
        `${where}: ${shown(file)} is no path below the folder of --data: write it like that, with "/" between.`,
      );
    }
    if (label === undefined) {
      throw new InputError(`${where}: the label ${shown(word)} is unknown: use NORMAL or 0, PNEUMONIA or 1.`);
    }
    if (seen.has(file)) throw new InputError(`${where}: ${shown(file)} has a record already: remove one of them.`);
    seen.add(file);
    return { file, label, group: group?.trim() || undefined, where };
  });
}

/** Relative, one way to write each: neither absolute, nor by "." or "..", nor with the separator of another system. */
function isBelow(file: string): boolean {
  return !/[\\\0]/.test(file) && file.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

const shown = (typed: string): string => JSON.stringify(typed.slice(0, 100));

async function findImages(root: string, labelled: LabelledFile[]): Promise<ImageFile[]> {
  const found = await Promise.all(labelled.map(({ file }) => stat(join(root, file)).catch(() => null)));
  const missing = labelled.filter((_, i) => !found[i]?.isFile());
  if (missing.length > 0) {
    const [{ file, where }] = missing;
    const others = missing.length > 1 ? ` (nor are ${missing.length - 1} others)` : "";
    throw new InputError(`${where}: ${shown(file)} is no file in ${root}${others}: correct the name or remove the record.`);
  }
  return labelled.map(({ file, label, group }, i) => {
    const { size: bytes, mtimeMs } = found[i]!;
    return { file, split: "test", label, bytes, mtimeMs, ...(group !== undefined && { group }) };
  });
}
