import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { contentOf } from "./content.js";
import { type ClassFolder, findClassFolders } from "./folders.js";
import { foldersOf, otherLayout } from "./other-layout.js";
import { canonical } from "./same-name.js";
import { imagesBelow } from "./sources.js";
import { CLASSES, type ClassNames, type ImageFile, type Label, type Manifest, SPLITS, type Split } from "./types.js";

/** Images by class: [NORMAL, PNEUMONIA]. */
export type ClassCounts = [normal: number, pneumonia: number];

/** The Kaggle "Chest X-Ray Images (Pneumonia)" dataset, version 2 (5,856 images). */
export const PUBLISHED_COUNTS: Readonly<Record<Split, Readonly<ClassCounts>>> = {
  train: [1341, 3875],
  val: [8, 8],
  test: [234, 390],
};

/** A file with this name in the folder of a dataset marks the generated X-ray-like dataset. */
export const SYNTHETIC_MARKER = "SYNTHETIC.txt";

/** A file with this name marks the sample that comes with pulmo. */
export const SAMPLE_MARKER = "SAMPLE.txt";

export interface ManifestOptions {
  limit?: number | undefined;
  classes?: ClassNames | undefined;
}

/**
 * Finds train|val|test / NORMAL|PNEUMONIA / *.jpeg below `root`, in folders nested or doubled as the Kaggle archive unpacks.
 * `limit` takes that many images per class and split, evenly spaced over the sorted names. A split or class may have no images:
 * see data/needs.ts.
 */
export async function readManifest(root: string, { limit, classes = CLASSES }: ManifestOptions = {}): Promise<Manifest> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new InputError(
      `The limit of images per class and split must be a whole number from 1 on, not ${limit}: change it or leave it out.`,
    );
  }
  const absolute = resolve(root);
  const { folders, notes, stray } = await findClassFolders(absolute, classes);
  if (folders.length === 0) throw otherLayout(absolute, stray, classes);
  const classOf = (split: Split, label: Label) => readClass({ root: absolute, folders, limit, notes }, split, label);
  const imagesOf = async (split: Split) => [...(await classOf(split, 0)), ...(await classOf(split, 1))];
  const images = { train: await imagesOf("train"), val: await imagesOf("val"), test: await imagesOf("test") };
  const [synthetic, sample] = [SYNTHETIC_MARKER, SAMPLE_MARKER].map((marker) => isMarked(absolute, folders, marker));
  return { root: absolute, images, source: imagesBelow(absolute), classes, notes, synthetic, sample, others: foldersOf(stray) };
}

/** The marker is in `root`, or beside the split folders if those are nested. */
function isMarked(root: string, folders: ClassFolder[], marker: string): boolean {
  return existsSync(join(root, marker)) || folders.some((f) => existsSync(join(root, f.path, "../..", marker)));
}

interface Found {
  root: string;
  folders: ClassFolder[];
  limit: number | undefined;
  /** Gains what is odd. */
  notes: string[];
}

async function readClass({ root, folders, limit, notes }: Found, split: Split, label: Label): Promise<ImageFile[]> {
  const [first, ...copies] = folders.filter((f) => f.split === split && f.label === label);
  if (!first) return [];
  for (const copy of copies) notes.push(describeCopy(first, copy));
  const names = evenlySpaced(first.images, limit ?? Infinity);
  return Promise.all(names.map((name) => imageFile(root, name, split, label)));
}

function describeCopy(first: ClassFolder, copy: ClassFolder): string {
  const known = new Set(first.images.map((image) => basename(image)));
  const repeated = copy.images.filter((image) => known.has(basename(image))).length;
  const others = copy.images.length - repeated;
  const rest = others > 0 ? ` and ${others} other file${others > 1 ? "s" : ""}` : "";
  return `${copy.path} was left out: it holds ${repeated} of the ${first.images.length} file names of ${first.path}${rest}.`;
}

/** A file that cannot be examined is kept with 0 bytes: decoding will report it as unreadable. */
async function imageFile(root: string, file: string, split: Split, label: Label): Promise<ImageFile> {
  const { size } = await stat(join(root, file)).catch(() => ({ size: 0 }));
  return { file, split, label, bytes: size };
}

/** At most `count` items, at floor(i * n / count). */
export function evenlySpaced<T>(items: T[], count: number): T[] {
  if (count >= items.length) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}

export function countImages(images: Manifest["images"]): Record<Split, ClassCounts> {
  const count = (split: Split): ClassCounts => {
    const positives = images[split].filter((image) => image.label === 1).length;
    return [images[split].length - positives, positives];
  };
  return { train: count("train"), val: count("val"), test: count("test") };
}

/**
 * SHA-256 over "file TAB SHA-256 LF" of every image in order, with names in NFC: identifies a selection of images and their content on
 * any machine. For an .npz, it is the SHA-256 of the archive. data/content.ts must have read the files.
 */
export function manifestSha256(images: Manifest["images"]): string {
  const hash = createHash("sha256");
  for (const split of SPLITS) for (const image of images[split]) hash.update(`${canonical(image.file)}\t${contentOf(image)}\n`);
  return hash.digest("hex");
}
