// metrics.json: the only source of the report. Other programs parse it, so it is changed by adding keys only.
import * as v from "valibot";
import { areClassNames } from "../data/class-names.js";
import { imageFactsSchema } from "../data/image-facts.js";
import { modelResultsSchema } from "./model-results.js";
import { area, count, interval, list, number, share, text } from "./values.js";

export type { Subtype } from "../data/types.js";
export type { ChosenThreshold, EpochFigures, EpochResults, ModelResults } from "./model-results.js";
export type {
  Calibration,
  ClassMetrics,
  Confusion,
  PrecisionRecallPoint,
  RepeatMetrics,
  SplitMetrics,
  ThresholdMetrics,
} from "./split-metrics.js";
export type { Interval } from "./values.js";

const classCounts = v.object({ NORMAL: count, PNEUMONIA: count });
const bySplit = <T extends v.GenericSchema>(item: T) => v.object({ train: item, val: item, test: item });

const unusualImages = list(v.object({ file: text, unusualScore: number }));

const dataset = v.object({
  /** The path of the dataset. */
  root: text,
  synthetic: v.boolean(),
  /** True for the sample of the published dataset that comes with pulmo. */
  sample: v.exactOptional(v.boolean()),
  /** Images that are not from the published dataset, by their names or their classes: not compared with it or with the study. */
  own: v.exactOptional(v.boolean()),
  /** The names of class 0 and class 1 (--classes). Absent: NORMAL and PNEUMONIA. */
  classes: v.exactOptional(v.custom<[string, string]>((value) => Array.isArray(value) && areClassNames(value))),
  /** The images used, after --limit and without unreadable files. */
  counts: bySplit(classCounts),
  /** The counts of the published dataset, for comparison. */
  published: bySplit(classCounts),
  /** True if `counts` equals `published`. */
  matchesPublished: v.boolean(),
  imageSize: count,
  limit: v.nullable(count),
  unreadable: list(v.object({ file: text, reason: text })),
  notes: list(text),
  /** Identifies the images used and their content: see data/manifest.ts. */
  manifestSha256: text,
  /** AUC of the file size alone (a smaller file counts as PNEUMONIA): what can be predicted without looking at the images. */
  fileSize: v.object({ train: area, test: area }),
  ...imageFactsSchema.entries,
  /** Images of val and test that are unlike the training images. Absent with fewer than 100 training images. */
  unusual: v.exactOptional(v.object({ val: unusualImages, test: unusualImages })),
});
export type DatasetFacts = v.InferOutput<typeof dataset>;
/** Of the original images, in pixels. */
export type SizeRange = DatasetFacts["imageSizes"]["width"];

export const environmentSchema = v.object({
  pulmo: text,
  node: text,
  platform: text,
  cpu: text,
  physicalCores: count,
  memoryGiB: number,
  threads: count,
  /** simd, relaxed or revec */
  wasm: text,
});
export type EnvironmentFacts = v.InferOutput<typeof environmentSchema>;

const time = v.pipe(text, v.isoTimestamp());
const settings = v.object({
  /** "custom" if epochs, batch size or learning rate differ from the recipe. */
  recipe: text,
  /** The name of the recipe, also if `recipe` is "custom". */
  basis: text,
  epochs: count,
  /** The first epochs, with smaller images, and the edge of these in pixels. */
  smallEpochs: v.optional(count),
  /** Numbers of epochs at which the finished run was continued, each time with a fresh state of Adam. */
  continued: v.optional(list(count)),
  smallSize: v.optional(count),
  batchSize: count,
  lr: number,
  /** Widths of the dnn's hidden layers, if they are not the study's. */
  hidden: v.optional(list(count)),
  seed: count,
  weights: v.nullable(text),
  /** UTC, ISO 8601. */
  startedAt: time,
  finishedAt: time,
  /** A command that repeats the run, made from its settings (without --strict and --out). */
  command: text,
  /** Every seed of --seeds; `seed` is the first. */
  seeds: list(count),
  /** The share of train that became the validation set, by patient; null if the validation set is the one of the dataset. */
  valSplit: v.nullable(share),
  targetRecall: share,
  /** The git commit of pulmo; null if unknown. */
  commit: v.nullable(text),
});
export type RunSettings = v.InferOutput<typeof settings>;

const comparison = v.object({
  a: text,
  b: text,
  /** AUC of a minus AUC of b. */
  difference: number,
  interval,
  /** Two-sided. */
  pValue: number,
});
export type AucComparison = v.InferOutput<typeof comparison>;

/** Unknown keys are dropped, so that the report reads files of later versions, which may have more keys. */
export const runResultsSchema = v.object({
  schema: v.literal(1),
  dataset,
  environment: environmentSchema,
  settings,
  models: v.record(text, modelResultsSchema),
  /** Differences of AUC on the test split between the models of this run, by DeLong's test. */
  comparisons: list(comparison),
});
export type RunResults = v.InferOutput<typeof runResultsSchema>;
