// openDataset in Node: folders, CSV lists, .npz and .zip files, images in memory.
/// <reference lib="esnext.disposable" preserve="true" />
import { datasetInMemory, type MemoryImage } from "../data/in-memory.js";
import { readLabelled } from "../data/labels.js";
import type { ClassNames, Manifest, PixelCache, PixelRows, Split } from "../data/types.js";
import { physicalCores } from "../node/cores.js";
import type { DatasetFacts } from "../results/metrics.js";
import { type Caller, type CallOptions, callerOf, SILENT } from "../run/caller.js";
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

/** As the options of the command line: limit, classes, strict, valSplit, fold, seed, threads. */
const OPTIONS = pick(SETTINGS, "classes", "limit", "strict", "valSplit", "fold", "seed", "threads");

export interface OpenDatasetOptions extends Given<typeof OPTIONS>, CallOptions {
  /** A CSV of file,label[,group]: the source is then any folder of images, and all of them are test images. */
  labels?: string | undefined;
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
  /** What metrics.json says of the dataset: counts, notes, unreadable files and more. */
  facts: DatasetFacts;
  /** The pixel cache on disk: its path, and whether it was there before. */
  cache: { path: string; hit: boolean };
  /** Closes the pixel cache. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What `train` needs of an open dataset. */
interface Opened {
  manifest: Manifest;
  pixels: PixelCache;
  limit: number | undefined;
  /** Whether the validation set was chosen when the dataset was opened. */
  validated: boolean;
}

const OPENED = Symbol.for("pulmo.dataset");

/**
 * Opens a dataset: lists its images, and decodes them into the pixel cache unless they are there. Throws an InputError where the source is
 * not a dataset, and the signal's reason where it is aborted.
 */
export async function openDataset(source?: DatasetSource, options: OpenDatasetOptions = {}): Promise<Dataset> {
  const { reporter, signal, labels, ...rest } = options;
  const {
    classes,
    limit,
    strict = false,
    valSplit,
    fold,
    seed = DEFAULTS.seed,
    threads = physicalCores(),
  } = checkSettings(rest, OPTIONS);
  const caller = callerOf({ reporter, signal });
  const share = fold ? 1 / fold.of : valSplit;
  const validation: Validation | undefined = share === undefined ? undefined : { share, seed, by: "patients", fold };
  const { manifest, pixels } = await find(source, { classes, limit, strict, threads, labels }, caller);
  const { pixels: taken, facts } = assembleDataset(manifest, pixels, { validation, limit }, labels ? SILENT : caller);
  const { train, val, test } = taken.splits;
  const opened: Opened = { manifest, pixels: taken, limit, validated: validation !== undefined };
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
  threads: number;
  labels: string | undefined;
}

async function find(
  source: DatasetSource,
  options: FindOptions,
  caller: Caller,
): Promise<{ manifest: Manifest; pixels: PixelCache }> {
  const { classes, labels, limit } = options;
  if (typeof source === "object") return datasetInMemory(source.images, IMAGE_SIZE, classes);
  if (labels) return findLabelled(source ?? ".", labels, options, caller);
  // A list may lack a validation set: a training can take one from train.
  const manifest = await findDataset({ data: source ?? fetchedData(), limit, classes, withoutVal: true }, caller);
  return { manifest, pixels: await decodePixels(manifest, options, caller) };
}

async function findLabelled(folder: string, labels: string, options: FindOptions, caller: Caller) {
  const manifest = await readLabelled(folder, labels, options);
  const pixels = await decodePixels(manifest, options, caller);
  const { images } = pixels.splits.test;
  const positives = images.filter(({ label }) => label === 1).length;
  const [negative, positive] = manifest.classes;
  const counts = `${images.length - positives} ${negative}, ${positives} ${positive}`;
  caller.info(`Images: ${manifest.root}, labels: ${labels}\n  ${counts}`);
  return { manifest, pixels };
}

/** The open dataset with the validation set that a training asks for, unless it was chosen before. Closing it does nothing. */
export function datasetFor(dataset: Dataset, validation: Validation | undefined, caller: Caller): AssembledDataset {
  const { manifest, pixels, limit, validated } = (dataset as Dataset & { [OPENED]: Opened })[OPENED];
  const kept = { ...pixels, close: async () => {} };
  return assembleDataset(manifest, kept, { validation: validated ? undefined : validation, limit }, caller);
}

export const isDataset = (data: unknown): data is Dataset => typeof data === "object" && data !== null && OPENED in data;
