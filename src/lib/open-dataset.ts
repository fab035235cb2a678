// openDataset in Node: folders, CSV lists, .npz and .zip files, images in memory.
/// <reference lib="esnext.disposable" preserve="true" />
import { counted } from "../core/counted.js";
import { InputError } from "../core/errors.js";
import { datasetInMemory, type MemoryImage } from "../data/in-memory.js";
import { readLabelled } from "../data/labels.js";
import type { Needs } from "../data/needs.js";
import type { ClassNames, Manifest, PixelCache, PixelRows, Split } from "../data/types.js";
import { physicalCores } from "../node/cores.js";
import type { DatasetFacts } from "../results/metrics.js";
import { type Caller, type CallOptions, callerOf } from "../run/caller.js";
import {
  type Dataset as AssembledDataset,
  assembleDataset,
  decodePixels,
  findDataset,
  type Validation,
} from "../run/datasets/dataset.js";
import { fetchedData } from "../run/datasets/fetched-data.js";
import { DEFAULTS, IMAGE_SIZE } from "../settings/recipes.js";
import { checkSettings } from "../settings/resolve.js";
import { type Given, pick, SETTINGS } from "../settings/table.js";

/** The same options as on the command line: limit, classes, strict, anyBodyPart, valSplit, fold, seed, threads. */
const OPTIONS = pick(SETTINGS, "classes", "limit", "strict", "anyBodyPart", "valSplit", "fold", "seed", "threads");

export interface OpenDatasetOptions extends Given<typeof OPTIONS>, CallOptions {
  /** A CSV of file,label[,patient][,hospital][,device][,group]. The source is then any folder of images, and all images are test images. */
  labels?: string | undefined;
  /** The images that must be there, by split: at least one ("image"), or some of both classes ("classes"). Default: none. */
  needs?: Needs | undefined;
}

/** A path, "synthetic", or images in memory. Default: the dataset of `data fetch`, else the sample of 300 X-rays. */
export type DatasetSource = string | { images: readonly MemoryImage[] } | undefined;

/** The images of a split, 224x224 RGB: `images[i]` describes row i, `read(i, into)` copies its pixels. */
export interface DatasetSplit extends PixelRows {
  name: Split;
}

export interface Dataset {
  train: DatasetSplit;
  val: DatasetSplit;
  test: DatasetSplit;
  classes: ClassNames;
  /** Facts about the dataset as in metrics.json: counts, notes, unreadable files and more. */
  facts: DatasetFacts;
  /** The pixel cache on disk: its path, and whether it existed before. */
  cache: { path: string; hit: boolean };
  /** Closes the pixel cache. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The parts of an open dataset that `train` needs. */
interface Opened {
  manifest: Manifest;
  pixels: PixelCache;
  readImage: AssembledDataset["readImage"];
  limit: number | undefined;
  /** Whether the validation set was chosen when the dataset was opened. */
  validated: boolean;
}

const OPENED = Symbol.for("pulmo.dataset");

/**
 * Opens a dataset: lists its images, and decodes those that are not in the pixel cache. Throws an InputError if the source is not
 * a dataset, and the signal's reason if it aborts.
 */
export async function openDataset(source?: DatasetSource, options: OpenDatasetOptions = {}): Promise<Dataset> {
  const { reporter, signal, labels, needs, ...rest } = options;
  const {
    classes,
    limit,
    strict = false,
    anyBodyPart = false,
    valSplit,
    fold,
    seed = DEFAULTS.seed,
    threads = physicalCores(),
  } = checkSettings(rest, OPTIONS);
  const caller = callerOf({ reporter, signal });
  const share = fold ? 1 / fold.of : valSplit;
  const validation: Validation | undefined = share === undefined ? undefined : { share, seed, by: "patients", fold };
  const { manifest, pixels } = await find(source, { classes, limit, strict, anyBodyPart, threads, labels, needs }, caller);
  const { pixels: taken, facts, readImage } = assembleDataset(manifest, pixels, { validation, limit, labels }, caller);
  const { train, val, test } = taken.splits;
  const opened: Opened = { manifest, pixels: taken, readImage, limit, validated: validation !== undefined };
  const close = () => pixels.close();
  return {
    ...{ train: { ...train, name: "train" }, val: { ...val, name: "val" }, test: { ...test, name: "test" } },
    ...{ classes: manifest.classes, facts, cache: { path: pixels.path, hit: pixels.hit }, close },
    [Symbol.asyncDispose]: close,
    [OPENED]: opened,
  } as Dataset;
}

interface FindOptions {
  classes: ClassNames | undefined;
  limit: number | undefined;
  strict: boolean;
  anyBodyPart: boolean;
  threads: number;
  labels: string | undefined;
  needs: Needs | undefined;
}

async function find(
  source: DatasetSource,
  options: FindOptions,
  caller: Caller,
): Promise<{ manifest: Manifest; pixels: PixelCache }> {
  const { classes, labels } = options;
  if (source === null || source === "" || !["undefined", "string", "object"].includes(typeof source))
    throw new InputError("The source is no dataset: give a path, or images in memory.");
  if (typeof source === "object") return datasetInMemory(source.images, IMAGE_SIZE, classes);
  const manifest = labels
    ? await readLabelled(source ?? ".", labels, options)
    : await findDataset({ ...options, data: source ?? fetchedData() }, caller);
  if (labels) warnOfMissing(manifest, labels, caller);
  return { manifest, pixels: await decodePixels(manifest, options, caller) };
}

function warnOfMissing({ withoutImage = [] }: Manifest, labels: string, { warn }: Caller): void {
  const [first] = withoutImage;
  if (first === undefined) return;
  const many = counted(withoutImage.length, "record has no image and is", "records have no image and are");
  warn(`Warning: ${labels}: ${many} skipped; the first is ${JSON.stringify(first.slice(0, 100))}.`);
}

/** The open dataset with the validation set for a training, unless it was chosen before. Closing it has no effect. */
export function datasetFor(dataset: Dataset, validation: Validation | undefined, caller: Caller): AssembledDataset {
  const { manifest, pixels, limit, validated } = (dataset as Dataset & { [OPENED]: Opened })[OPENED];
  const kept = { ...pixels, close: async () => {} };
  return assembleDataset(manifest, kept, { validation: validated ? undefined : validation, limit }, caller);
}

/** Reads an image again, at its original size. */
export const imageReader = (dataset: Dataset): AssembledDataset["readImage"] =>
  (dataset as Dataset & { [OPENED]: Opened })[OPENED].readImage;

/** With a CSV of labels: images without a record, and records without an image. */
export function unpaired(dataset: Dataset): Pick<Manifest, "unlabelled" | "withoutImage"> {
  const { unlabelled, withoutImage } = (dataset as Dataset & { [OPENED]: Opened })[OPENED].manifest;
  return { ...(unlabelled && { unlabelled }), ...(withoutImage && { withoutImage }) };
}

export const isDataset = (data: unknown): data is Dataset => typeof data === "object" && data !== null && OPENED in data;
