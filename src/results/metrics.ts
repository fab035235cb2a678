import type { ImageFacts, Subtype } from "../data/types.js";
import type { StressResults } from "./stress-results.js";

/** The shape of metrics.json: the report's only source. Others parse it; change it only by adding. metrics-schema.ts checks it. */
export interface RunResults {
  schema: 1;
  dataset: DatasetFacts;
  environment: EnvironmentFacts;
  settings: RunSettings;
  models: Record<string, ModelResults>;
  /** Differences of AUC on the test split between models of this run, by DeLong's test. */
  comparisons?: AucComparison[];
}

/** Lower and upper end of a 95 % interval. */
export type Interval = [number, number];

export interface AucComparison {
  a: string;
  b: string;
  /** AUC of a minus AUC of b. */
  difference: number;
  interval: Interval;
  /** Two-sided. */
  pValue: number;
}

export interface DatasetFacts extends Partial<ImageFacts> {
  root: string;
  synthetic: boolean;
  /** True for the sample of the published dataset that comes with pulmo. */
  sample?: boolean;
  /** Images used, by split and class, after --limit and after leaving out unreadable files. */
  /** What classes 0 and 1, NORMAL and PNEUMONIA here, are called (--classes); absent: that. */
  classes?: [negative: string, positive: string];
  counts: Record<"train" | "val" | "test", { NORMAL: number; PNEUMONIA: number }>;
  /** The published dataset's counts, for comparison. */
  published: Record<"train" | "val" | "test", { NORMAL: number; PNEUMONIA: number }>;
  /** True when counts equal the published ones. */
  matchesPublished: boolean;
  imageSize: number;
  limit: number | null;
  unreadable: { file: string; reason: string }[];
  notes: string[];
  /** SHA-256 over the sorted lines "file bytes\n" of the files used. */
  manifestSha256: string;
  /** AUC of the files' bytes, the smaller the likelier PNEUMONIA: what needs no look at the images. null where a class is absent. */
  fileSize?: { train: number | null; test: number | null };
}

export type { Subtype };

export interface EnvironmentFacts {
  pulmo: string;
  node: string;
  platform: string;
  cpu: string;
  physicalCores: number;
  memoryGiB: number;
  threads: number;
  /** simd, relaxed or revec */
  wasm: string;
}

export interface RunSettings {
  /** "custom" where epochs, batch size or learning rate are others than the recipe's. */
  recipe: string;
  /** The recipe all the same; absent in the first versions' files, which knew only the study's. */
  basis?: string;
  epochs: number;
  batchSize: number;
  lr: number;
  seed: number;
  weights: string | null;
  /** UTC, ISO 8601. */
  startedAt: string;
  finishedAt: string;
  /** What was typed. */
  command: string;
  /** Every seed of --seeds; `seed` is the first. */
  seeds?: number[];
  /** Share of train that became the validation set, by patient; null where the dataset's own is used. */
  valSplit?: number | null;
  targetRecall?: number;
  /** git commit of pulmo, where known. */
  commit?: string | null;
}

/** [[TN, FP], [FN, TP]]: rows are true classes, columns predicted ones; PNEUMONIA is positive. */
export type Confusion = [[number, number], [number, number]];

export interface ModelResults {
  /** Trainable parameters. */
  params: number;
  /** "scratch" or a description of the weights it started from. */
  init: string;
  trainSeconds: number;
  epochs: EpochResults[];
  /** What the log-odds were divided by, chosen on validation images; absent where they were not. */
  temperature?: number;
  val: SplitMetrics;
  test: SplitMetrics;
  /** The threshold that reaches settings.targetRecall on validation data. */
  threshold?: ChosenThreshold | null;
  /** The one with the best balanced accuracy there, (recall + specificity) / 2. */
  balancedThreshold?: ChosenThreshold | null;
  /** Without the temperature. */
  uncalibrated?: { val: Calibration; test: Calibration };
  /** One entry for every seed of --seeds, the first one being this model itself; absent with a single seed. */
  repeats?: { seed: number; trainSeconds: number; val: RepeatMetrics; test: RepeatMetrics }[];
  /** All seeds of --seeds together: the mean of their log-odds; absent with a single seed. */
  ensemble?: { val: RepeatMetrics; test: RepeatMetrics };
  /** Of the model itself; absent after --no-stress. */
  stress?: StressResults;
}

/** Of the training images, each measured before its step's update; then of other images, after the epoch. */
export interface EpochResults {
  loss: number;
  accuracy: number;
  /** Of training, without what follows. */
  seconds: number;
  val?: EpochFigures;
  /** The validation images made smoother. */
  valRescaled?: EpochFigures;
  /** Of --track test: information, from which no choice is made. */
  test?: EpochFigures;
}

export interface EpochFigures {
  /** Mean cross-entropy. */
  loss: number;
  accuracy: number;
  recall: number;
  specificity: number;
  /** null where a class is absent. */
  auc: number | null;
}

/** All with PNEUMONIA as the positive class. */
export interface ThresholdMetrics {
  confusion: Confusion;
  accuracy: number;
  recall: number;
  specificity: number;
  precision: number;
  f1: number;
}

/**
 * What a threshold does on both splits. `logit` is the one applied, in log-odds; `value` says it as p: p > value finds as many, and
 * more where images share a p. The first versions' files have no `logit`.
 */
export interface ChosenThreshold {
  value: number;
  logit?: number;
  val: ThresholdMetrics;
  test: ThresholdMetrics;
}

/** As in SplitMetrics. */
export type Calibration = Required<Pick<SplitMetrics, "ece" | "calibration">>;

export interface RepeatMetrics extends ThresholdMetrics {
  auc: number | null;
  ece?: number;
}

export interface ClassMetrics {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

export interface PrecisionRecallPoint {
  precision: number;
  recall: number;
  /** null at the last point, precision 1 and recall 0, which no threshold reaches. */
  threshold: number | null;
}

export interface SplitMetrics {
  n: number;
  accuracy: number;
  /** null where a class is absent: the area is then undefined. */
  auc: number | null;
  /** At p > 0.5 (argmax of the two logits; a tie is NORMAL). Images are ranked by log-odds; thresholds are stated as p. */
  confusion: Confusion;
  perClass: { NORMAL: ClassMetrics; PNEUMONIA: ClassMetrics };
  macro: ClassMetrics;
  weighted: ClassMetrics;
  /** As sklearn.metrics.roc_curve: decreasing thresholds, the first one Infinity written as null. */
  roc: { fpr: number; tpr: number; threshold: number | null }[];
  specificity?: number;
  /** sklearn.metrics.average_precision_score; null where a class is absent. */
  averagePrecision?: number | null;
  /** As sklearn.metrics.precision_recall_curve(drop_intermediate=True). */
  precisionRecall?: PrecisionRecallPoint[];
  /** sklearn.metrics.brier_score_loss. */
  brier?: number;
  /** Expected calibration error over the bins of `calibration`. */
  ece?: number;
  /** Ten bins of equal width over p; empty bins are left out. `observed` is the share of PNEUMONIA. */
  calibration?: { from: number; to: number; n: number; predicted: number; observed: number }[];
  /** Images by p, twenty bins of equal width, by true class. */
  histogram?: { NORMAL: number[]; PNEUMONIA: number[] };
  /** Bootstrap, seeded, 2,000 resamples, percentiles; null where it is undefined. */
  intervals?: Record<"accuracy" | "recall" | "specificity" | "precision" | "f1" | "auc", Interval | null>;
  /** Recall at 0.5 by subtype; subtypes without images are left out. */
  bySubtype?: Partial<Record<Subtype, { n: number; found: number }>>;
}
