// Opens a dataset: a folder, a CSV list, an .npz, a .zip, the synthetic set, or the sample included in pulmo.

import { availableParallelism } from "node:os";
import { group, sum } from "d3-array";
import { counted } from "../../core/counted.js";
import { InputError } from "../../core/errors.js";
import { asClause } from "../../core/known-file.js";
import { openPixels } from "../../data/cache.js";
import { unlessDefault } from "../../data/class-names.js";
import { contradictions, imageFacts } from "../../data/image-facts.js";
import { isList, readListManifest } from "../../data/list.js";
import { countImages, manifestSha256, PUBLISHED_COUNTS, readManifest } from "../../data/manifest.js";
import { hasPublishedNames } from "../../data/names.js";
import { type Needs, otherClasses, requireImages } from "../../data/needs.js";
import { readNpzManifest } from "../../data/npz.js";
import type { ImageSource } from "../../data/sources.js";
import {
  CLASSES,
  type ClassNames,
  type ImageFile,
  type Manifest,
  type PixelCache,
  SPLITS,
  type Split,
} from "../../data/types.js";
import { takeValidation, type Validation } from "../../data/validation-set.js";
import { rocAucScore } from "../../eval/roc.js";
import { isNpz } from "../../formats/npz.js";
import { knownFileAt } from "../../node/known-file.js";
import { terminalWords } from "../../report/text/terminal.js";
import type { DatasetFacts } from "../../results/metrics.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { SYNTHETIC } from "../../settings/table.js";
import type { Caller } from "../caller.js";
import { imagesProgress } from "../watch/progress.js";
import { fetchedData, fetchedFolder } from "./fetched-data.js";
import { sampleFolder } from "./sample.js";
import { syntheticFolder } from "./synthetic.js";
import { isZip, unpackedFolder } from "./zip-dataset.js";

export type { Validation } from "../../data/validation-set.js";

export interface Dataset {
  pixels: PixelCache;
  /** Reads an image again, at its original size. */
  readImage: ImageSource["read"];
  facts: DatasetFacts;
}

export interface DatasetOptions {
  data?: string | undefined;
  /** Names of the class folders or labels; default: NORMAL and PNEUMONIA. */
  classes?: ClassNames | undefined;
  limit?: number | undefined;
  strict: boolean;
  /** Use images whose file states another body part than the chest. */
  anyBodyPart?: boolean | undefined;
  threads: number;
  /** Takes the validation set from train. Default: the dataset's own val. */
  validation?: Validation | undefined;
  /** The images that must be there. */
  needs?: Needs | undefined;
}

export async function openDataset(options: DatasetOptions, caller: Caller): Promise<Dataset> {
  const { data = fetchedData() } = options;
  return decodeDataset(await findDataset({ ...options, data }, caller), options, caller);
}

/** Lists the images without opening them. Default of `data`: the sample. */
export async function findDataset(
  { data, limit, classes, needs = {} }: Pick<DatasetOptions, "data" | "classes" | "limit" | "needs">,
  caller: Caller,
): Promise<Manifest> {
  const root = await rootOf(data, caller);
  if (root === fetchedFolder()) caller.info(terminalWords(caller.language).usesFetched(root));
  // Lists are checked by their reader.
  const known = isList(root) ? undefined : await knownFileAt(root);
  if (known && known.kind !== "a zip archive") throw new InputError(`--data: ${root} is no dataset: it is ${asClause(known)}.`);
  const read = isList(root) ? readListManifest : (await isNpz(root)) ? readNpzManifest : readManifest;
  const manifest = await read(root, { limit, classes });
  try {
    requireImages(manifest, needs);
  } catch (error) {
    // They may name what is missing, under another name.
    for (const note of manifest.notes) caller.info(`Note: ${note}`);
    throw error;
  }
  return root === fetchedFolder() ? { ...manifest, notes: [...manifest.notes, ...(await incomplete(root, classes))] } : manifest;
}

/** A note if images of the fetched dataset were removed or added, as by a program that deletes old files of a cache. */
async function incomplete(root: string, classes: ClassNames | undefined): Promise<string[]> {
  const [found, published] = [countImages((await readManifest(root, { classes })).images), PUBLISHED_COUNTS].map((counts) =>
    sum(SPLITS.flatMap((split) => [...counts[split]])),
  );
  if (found === published) return [];
  return [
    `${root} has ${found} of the ${published} images that data fetch unpacked: remove the folder and run data fetch again, unless you changed it.`,
  ];
}

async function rootOf(data: string | undefined, caller: Caller): Promise<string> {
  if (data === undefined) return sampleFolder(caller);
  if (data === SYNTHETIC) return syntheticFolder(caller);
  return isZip(data) ? unpackedFolder(data, caller) : data;
}

export async function decodeDataset(manifest: Manifest, options: DatasetOptions, caller: Caller): Promise<Dataset> {
  return assembleDataset(manifest, await decodePixels(manifest, options, caller), options, caller);
}

/** Takes the validation set and reports the dataset's content. `cache` is not modified. `labels`: the CSV file of test images. */
export function assembleDataset(
  manifest: Manifest,
  cache: PixelCache,
  { validation, limit, labels }: Pick<DatasetOptions, "validation" | "limit"> & { labels?: string | undefined },
  caller: Caller,
): Dataset {
  const pixels = { ...cache, splits: { ...cache.splits } };
  const notes = [...manifest.notes, ...otherClasses(manifest), ...notesOfImages(pixels)];
  if (validation) notes.push(takeValidation(pixels.splits, validation));
  notes.push(...contradictions(pixels.splits));
  const facts = { ...describe(manifest, pixels, limit), notes };
  for (const note of notes) caller.info(`Note: ${note}`);
  caller.info(
    labels === undefined
      ? `${terminalWords(caller.language).dataset(manifest.root)}\n${countsTable(facts)}`
      : `Images: ${manifest.root}, labels: ${labels}\n  ${labelCounts(facts)}`,
  );
  return { pixels, readImage: unchanged(manifest.source.read, pixels), facts };
}

/** Rejects an image that is not the one whose pixels are in the cache. */
function unchanged(read: ImageSource["read"], { splits }: PixelCache): ImageSource["read"] {
  const known = new Map(SPLITS.flatMap((split) => splits[split].images.map(({ file, original }) => [file, original?.sha256])));
  return async (file) => {
    const image = await read(file);
    if (known.get(file) !== image.sha256) throw new Error("the file was changed after its pixels were read");
    return image;
  };
}

/** Maximum number of files named in a note. */
const NAMED = 5;
/** Maximum number of different notes: a file's values may be part of a note. */
const NOTES = 20;

/** "2 files (a.dcm, b.dcm): 3 frames: only the first one is used." */
function notesOfImages({ imageNotes }: PixelCache): string[] {
  const kinds = [...group(imageNotes, ({ note }) => note)];
  const sentences = kinds.slice(0, NOTES).map(([note, images]) => {
    const named =
      images
        .slice(0, NAMED)
        .map(({ file }) => file)
        .join(", ") + (images.length > NAMED ? ", ..." : "");
    return `${counted(images.length, "file", "files")} (${named}): ${note}.`;
  });
  const rest = kinds.slice(NOTES).reduce((count, [, images]) => count + images.length, 0);
  return rest > 0 ? [...sentences, `${rest} further notes about single files are not shown.`] : sentences;
}

/** The pixels of the images, from the cache or decoded with a progress bar. Warns about skipped files. */
export async function decodePixels(
  manifest: Manifest,
  { strict, anyBodyPart = false, threads, needs }: Pick<DatasetOptions, "strict" | "anyBodyPart" | "threads" | "needs">,
  caller: Caller,
): Promise<PixelCache> {
  const { signal } = caller;
  const words = terminalWords(caller.language);
  const bar = caller.bar();
  const start = performance.now();
  let begun = false;
  try {
    const pixels = await openPixels(manifest, {
      size: IMAGE_SIZE,
      strict,
      needs,
      anyBodyPart,
      threads: Math.min(threads, availableParallelism()),
      signal,
      onChecked: (done, total) => bar.draw(imagesProgress(words, words.bar.reading, done, total, start)),
      onProgress(done, total) {
        if (!begun) caller.info(words.decoding(total));
        begun = true;
        bar.draw(imagesProgress(words, words.bar.decoding, done, total, start));
      },
    });
    for (const path of pixels.removed) caller.info(words.removedCache(path));
    for (const { file, reason } of pixels.unreadable) caller.warn(`Warning: skipped ${file}: ${reason}`);
    return pixels;
  } finally {
    bar.stop();
  }
}

function describe(manifest: Manifest, pixels: PixelCache, limit: number | undefined): DatasetFacts {
  const used = { train: pixels.splits.train.images, val: pixels.splits.val.images, test: pixels.splits.test.images };
  const named = (counts: Record<Split, Readonly<[number, number]>>) => {
    const pick = (split: Split) => ({ NORMAL: counts[split][0], PNEUMONIA: counts[split][1] });
    return { train: pick("train"), val: pick("val"), test: pick("test") };
  };
  const classes = unlessDefault(manifest.classes);
  const counts = named(countImages(used));
  const published = named(PUBLISHED_COUNTS);
  return {
    root: manifest.root,
    synthetic: manifest.synthetic,
    ...(manifest.sample && { sample: true }),
    ...((classes || !hasPublishedNames(SPLITS.flatMap((split) => used[split].map(({ file }) => file)))) && { own: true }),
    ...(classes && { classes: [...classes] }),
    counts,
    published,
    matchesPublished: JSON.stringify(counts) === JSON.stringify(published),
    imageSize: IMAGE_SIZE,
    limit: limit ?? null,
    unreadable: pixels.unreadable,
    notes: manifest.notes,
    manifestSha256: manifestSha256(used),
    fileSize: { train: fileSizeAuc(used.train), test: fileSizeAuc(used.test) },
    ...imageFacts(used),
  };
}

function fileSizeAuc(images: ImageFile[]): number | null {
  if (images.length === 0) return null;
  return rocAucScore(
    images.map(({ label }) => label),
    images.map(({ bytes }) => -bytes),
  );
}

const labelCounts = ({ counts: { test }, classes = [...CLASSES] }: DatasetFacts): string =>
  `${test.NORMAL} ${classes[0]}, ${test.PNEUMONIA} ${classes[1]}`;

/** One line per split. Shows the published counts too, unless the set is synthetic, limited, the sample or the user's own. */
function countsTable({
  counts,
  published,
  matchesPublished,
  synthetic,
  sample,
  own,
  limit,
  classes = [...CLASSES],
}: DatasetFacts): string {
  const line = ({ NORMAL, PNEUMONIA }: { NORMAL: number; PNEUMONIA: number }) =>
    `${String(NORMAL).padStart(6)} ${classes[0]} ${String(PNEUMONIA).padStart(6)} ${classes[1]}`;
  const compared = !synthetic && !sample && !own && limit === null;
  return SPLITS.map((split) => {
    const note = matchesPublished ? "  (as published)" : `  (published:${line(published[split])})`;
    return `  ${split.padEnd(5)}${line(counts[split])}${compared ? note : ""}`;
  }).join("\n");
}
