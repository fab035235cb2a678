// Labels in a CSV file with the columns file,label and those of about.ts, for a folder of the user's images. All are test images.
import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { counted } from "../core/counted.js";
import { InputError } from "../core/errors.js";
import { asClause, knownFile } from "../core/known-file.js";
import { decodeText, encodingNote } from "../core/text.js";
import { imageFormat } from "../image/magic.js";
import { readInput } from "../node/files.js";
import { ABOUT, aboutOf, onlyAbout } from "./about.js";
import { belowRoot, createFinder, isForeignPath, type Spelling, spellingNotes } from "./find-file.js";
import { imageNamesBelow } from "./folders.js";
import { isNoLabel, labelReader, labelsWanted } from "./label-words.js";
import { evenlySpaced, type ManifestOptions } from "./manifest.js";
import { canonical, folded, inOrder } from "./same-name.js";
import { imagesBelow } from "./sources.js";
import { type Column, readTable } from "./table.js";
import {
  ABOUT_KEYS,
  type About,
  CLASSES,
  type ClassNames,
  type ImageFile,
  type Label,
  type Manifest,
  type Split,
} from "./types.js";

const MAX_BYTES = 64 * 2 ** 20;

/** An image named by a record. `where` names the record in messages. */
export interface LabelledFile extends Further {
  file: string;
  label: Label;
  where: string;
}

/** The values of the columns after file and label. */
interface Further extends About {
  split: Split;
}

/** Records of a CSV file, and what was assumed in reading it, one sentence each. */
export interface Labelled {
  records: LabelledFile[];
  notes: string[];
}

/**
 * The images in `csv`, all in test, in the order of a dataset. `limit` is the number of images of each class. Records without an image
 * are left out, unless no record has one; with `strict`, an InputError names them.
 */
export async function readLabelled(
  folder: string,
  csv: string,
  options: ManifestOptions & { strict?: boolean } = {},
): Promise<Manifest> {
  const { limit, classes = CLASSES, strict = false } = options;
  const root = resolve(folder);
  await checkFolder(root);
  const text = await readText(csv);
  const labelled = await parseLabels(text.text, csv, classes);
  const found = await findImages(root, csv, labelled.records, { skip: !strict });
  const unlabelled = unlabelledIn(await imageNamesBelow(root), found.images);
  const notes = [...text.notes, ...labelled.notes, ...found.notes, ...unlabelledNote(csv, unlabelled)];
  const test = sortAndLimit(found.images, limit);
  const { withoutImage } = found;
  return {
    ...{ root, images: { train: [], val: [], test }, source: imagesBelow(root), classes, notes, synthetic: false },
    ...{ unlabelled, withoutImage },
  };
}

/** The text of a CSV file in any of the encodings of data/text.ts. */
export async function readText(csv: string): Promise<{ text: string; notes: string[] }> {
  const bytes = await readInput(csv, MAX_BYTES, "name a CSV file of images and their labels");
  if (imageFormat(bytes)) throw new InputError(`${csv} is no CSV file: it is an image.`);
  const known = knownFile(bytes);
  if (known) {
    const workbook = { "a zip archive": " or an .xlsx workbook", "a document of old Excel or Word": "" }[known.kind];
    const what = workbook === undefined ? asClause(known) : `${known.kind}${workbook} (save it as CSV)`;
    throw new InputError(`${csv} is no CSV file: it is ${what}.`);
  }
  const decoded = decodeText(bytes);
  return { text: decoded.text, notes: encodingNote(csv, decoded) };
}

async function checkFolder(root: string): Promise<void> {
  const found = await stat(root).catch((error) => {
    throw new InputError(`The folder ${root} cannot be read (${error.code}): give the folder that holds the images.`);
  });
  if (!found.isDirectory()) throw new InputError(`${root} is no folder: --labels goes with a folder of images.`);
}

/** In the order of the CSV file. */
export async function parseLabels(text: string, name: string, classes: ClassNames = CLASSES): Promise<Labelled> {
  return labelledRecords(text, name, classes, ABOUT, (values) => ({ split: "test", ...aboutOf(values) }));
}

const fileColumn: Column = {
  name: "file",
  synonyms: [
    "filename",
    "file path",
    "path",
    "image",
    "image name",
    "image file",
    "image path",
    "image id",
    "image index",
    "img",
  ],
};
/** Tables of findings, such as CheXpert's, have a column for each: the one of class 1 holds 1 or 0. */
const labelColumn = ([, positive]: ClassNames): Column => ({
  name: "label",
  synonyms: ["labels", "class", "target", "diagnosis", "finding", "findings", "finding labels", "category", positive],
});

/** The records in the order of the CSV file; `more` reads the further columns. */
export async function labelledRecords(
  text: string,
  name: string,
  classes: ClassNames,
  further: readonly Column[],
  more: (values: (string | undefined)[], where: string) => Further,
): Promise<Labelled> {
  const { header, rows, notes } = await readTable(text, name, [fileColumn, labelColumn(classes), ...further]);
  if (["p_pneumonia", "error"].every((title) => header.includes(title))) {
    throw new InputError(`${name} is an output of predict, so its labels are the decisions of a model: give the true labels.`);
  }
  if (rows.length === 0) throw new InputError(`${name} has no records below its header: add one for each image.`);
  const labelOf = labelReader(classes);
  const unlabelled = rows.filter(({ values: [, word] }) => labelOf(word!) === undefined && isNoLabel(word!));
  if (unlabelled.length > 0) {
    const [{ where, values }] = unlabelled;
    const others =
      unlabelled.length > 1
        ? `, as ${unlabelled.length === 2 ? "1 other record" : `${unlabelled.length - 1} other records`}`
        : "";
    throw new InputError(
      `${where}: the label ${shown(values[1]!)} is neither class${others}: remove such records to leave their images out, or ${labelsWanted(classes)}.`,
    );
  }
  const records = rows.map(({ values: [file, word, ...others], where }): LabelledFile => {
    const label = labelOf(word!);
    if (file!.trim() === "" || file!.includes("\0"))
      throw new InputError(`${where}: ${shown(file!)} is no file name: correct it.`);
    if (label === undefined) {
      throw new InputError(
        `${where}: the label ${shown(word!)} is unknown: ${labelsWanted(classes)}, or name the classes with --classes.`,
      );
    }
    return { file: file!, label, where, ...more(others, where) };
  });
  return { records, notes };
}

const VALUES = ["label", "split", ...ABOUT_KEYS] as const;

/** Without records that repeat another, by equal keys. Throws an InputError for two records of one file that differ. */
export function withoutRepeats<T extends LabelledFile>(
  name: string,
  records: T[],
  keyOf: (record: T) => string = ({ file }) => canonical(file),
): T[] {
  const known = new Map<string, LabelledFile>();
  return records.filter((record) => {
    const key = keyOf(record);
    const other = known.get(key);
    if (!other) known.set(key, record);
    else if (VALUES.some((value) => other[value] !== record[value])) {
      throw new InputError(
        `${record.where}: ${shown(record.file)} has another label, split, patient, hospital, device or group in ${other.where.slice(name.length + 2)}: correct or remove one of them.`,
      );
    }
    return !other;
  });
}

export const repeatedNote = (name: string, repeated: number): string[] =>
  repeated === 0 ? [] : [`${name}: ${counted(repeated, "repeated record was", "repeated records were")} ignored.`];

/** All of class 0, then all of class 1, by name. */
export function sortAndLimit<T extends { file: string; label: Label }>(labelled: T[], limit = Infinity): T[] {
  const sorted = inOrder(labelled, ({ file }) => file);
  return [0, 1].flatMap((label) =>
    evenlySpaced(
      sorted.filter((image) => image.label === label),
      limit,
    ),
  );
}

export const shown = (typed: string): string => JSON.stringify(typed.slice(0, 100));

/**
 * The images of the records below `root`, named as on disk. Throws an InputError if a record names no file there; with `skip`, only
 * if none of them does, and `withoutImage` has the names.
 */
export async function findImages(
  root: string,
  csv: string,
  labelled: LabelledFile[],
  { skip = false } = {},
): Promise<{ images: ImageFile[]; notes: string[]; withoutImage: string[] }> {
  const typed = withoutRepeats(csv, labelled, ({ file }) => file);
  const { found, missing } = await findEach(root, typed, skip);
  if (missing.length > 0 && (!skip || found.length === 0)) throw noFile(root, missing, typed.length);
  const spellings = found.filter(({ spelling }) => spelling !== "exact");
  // One file may have several spellings, where the disk ignores case or Unicode forms; elsewhere they are files of their own.
  const records = withoutRepeats(csv, found, ({ file, place }) => `${place} ${folded(file)}`);
  const images = records.map((record): ImageFile => {
    const { file, split, label, bytes } = record;
    return { file, split, label, bytes, ...onlyAbout(record) };
  });
  const repeated = labelled.length - missing.length - records.length;
  const notes = [...spellingNotes(csv, spellings), ...repeatedNote(csv, repeated)];
  return { images, notes, withoutImage: missing.map(({ file }) => file) };
}

interface LabelledOnDisk extends LabelledFile {
  /** The name in the CSV. */
  typed: string;
  spelling: Spelling;
  bytes: number;
  /** Device and inode. */
  place: string;
}

/** Names that are looked for at a time. */
const LANES = 64;
/** After so many names without a file, no more are looked for, unless others have one and the rest is skipped. */
const MANY = 1000;

async function findEach(
  root: string,
  labelled: LabelledFile[],
  skip: boolean,
): Promise<{ found: LabelledOnDisk[]; missing: LabelledFile[] }> {
  const find = createFinder(root);
  const found: LabelledOnDisk[] = [];
  const missing: LabelledFile[] = [];
  for (let first = 0; first < labelled.length; first += LANES) {
    if (missing.length >= MANY && !(skip && found.length > 0)) break;
    const some = labelled.slice(first, first + LANES);
    const there = await Promise.all(some.map((record) => find(relativeName(root, record))));
    for (const [i, at] of there.entries()) {
      if (!at?.stats.isFile()) missing.push(some[i]);
      else {
        const { size: bytes, dev, ino } = at.stats;
        const file = at.path.replace(/^(\.\/)+/, "");
        found.push({ ...some[i], file, typed: some[i].file, spelling: at.spelling, bytes, place: `${dev}:${ino}` });
      }
    }
  }
  return { found, missing };
}

/** The record's path relative to the folder. Throws an InputError if it leads out of the folder. */
function relativeName(root: string, { file, where }: LabelledFile): string {
  if (isForeignPath(file)) {
    throw new InputError(
      `${where}: ${shown(file)} is an absolute path of Windows: write paths below the images' folder, with "/" between.`,
    );
  }
  const name = belowRoot(root, file);
  const parts = name
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "")
    .split("/");
  if (isAbsolute(name) || parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new InputError(`${where}: ${shown(file)} is no path below the images' folder: write it like that, with "/" between.`);
  }
  return name;
}

function noFile(root: string, missing: LabelledFile[], count: number): InputError {
  const [{ file, where }] = missing;
  const least = missing.length < MANY ? "" : "at least ";
  const others =
    missing.length > 1
      ? ` (nor ${missing.length === 2 ? "is 1 other" : `are ${least}${missing.length - 1} others`}, of ${count})`
      : "";
  return new InputError(`${where}: ${shown(file)} is no file in ${root}${others}: correct the name or remove the record.`);
}

/** The images in `names` without a record. */
export function unlabelledIn(names: readonly string[], labelled: readonly { file: string }[]): string[] {
  const known = new Set(labelled.map(({ file }) => file));
  return names.filter((name) => !known.has(name));
}

export function unlabelledNote(csv: string, left: readonly string[]): string[] {
  if (left.length === 0) return [];
  return [
    `${counted(left.length, "image has", "images have")} no record in ${csv} and ${left.length === 1 ? "is" : "are"} not used; the first is ${shown(left[0])}.`,
  ];
}
