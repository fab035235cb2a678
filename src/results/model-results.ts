// The results of one model.
import * as v from "valibot";
import { fileHashes, sha256 } from "./file-hashes.js";
import { reviewSchema } from "./review-results.js";
import { calibrationSchema, repeatMetrics, splitMetricsSchema, thresholdMetrics } from "./split-metrics.js";
import { stressSchema } from "./stress-results.js";
import { area, count, list, number, share, text } from "./values.js";

const seconds = v.pipe(number, v.minValue(0));

const epochFigures = v.object({
  /** Mean cross-entropy. */
  loss: v.pipe(number, v.minValue(0)),
  accuracy: share,
  recall: share,
  specificity: share,
  auc: area,
});
export type EpochFigures = v.InferOutput<typeof epochFigures>;

/** Training images are measured before the update of their step, all others after the epoch. */
export const epochSchema = v.object({
  loss: number,
  accuracy: share,
  /** Of training alone, without the measurements below. */
  seconds: number,
  val: v.exactOptional(epochFigures),
  /** The validation images after shrinking and enlarging, which blurs them. */
  valRescaled: v.exactOptional(epochFigures),
  /** With --track test. For information: nothing is chosen by it. */
  test: v.exactOptional(epochFigures),
  /** Of the weights after the epoch: see train/weight-hashes.ts. */
  sha256: v.exactOptional(sha256),
  /** Of the kernels that trained it: see node/variant.ts. */
  rounding: v.exactOptional(v.picklist(["plain", "fused"])),
});
export type EpochResults = v.InferOutput<typeof epochSchema>;

/** Divides the log-odds; chosen on validation images. Absent without calibration. */
export const temperatureSchema = v.pipe(number, v.gtValue(0));

/**
 * A threshold chosen on validation images, and what it gives on both splits. `logit` is the threshold that is applied, in log-odds.
 * `value` is its probability: p > value selects as many images, or more if images share a p.
 */
const chosenThreshold = v.object({ value: number, logit: number, val: thresholdMetrics, test: thresholdMetrics });
export type ChosenThreshold = v.InferOutput<typeof chosenThreshold>;

export const modelResultsSchema = v.object({
  /** Trainable parameters. */
  params: count,
  /** "scratch", or a description of the initial weights. */
  init: text,
  trainSeconds: seconds,
  epochs: list(epochSchema),
  temperature: v.exactOptional(temperatureSchema),
  /** Of the files that these results belong to. Absent in runs of versions that recorded none. */
  sha256: v.exactOptional(fileHashes),
  val: splitMetricsSchema,
  test: splitMetricsSchema,
  /** Without the temperature. */
  uncalibrated: v.exactOptional(v.object({ val: calibrationSchema, test: calibrationSchema })),
  /** Reaches settings.targetRecall on validation images. */
  threshold: v.nullable(chosenThreshold),
  /** Has the best balanced accuracy, (recall + specificity) / 2, on validation images. */
  balancedThreshold: v.nullable(chosenThreshold),
  /** Decisions with a chosen error rate, by the validation images. Absent without validation images, and in older files. */
  review: v.exactOptional(reviewSchema),
  /** One entry for every seed of --seeds; the first one is this model. Absent with a single seed. */
  repeats: v.exactOptional(
    list(
      v.object({
        seed: count,
        trainSeconds: number,
        sha256: v.exactOptional(fileHashes),
        val: repeatMetrics,
        test: repeatMetrics,
      }),
    ),
  ),
  /** The mean log-odds of all seeds. Absent with a single seed. */
  ensemble: v.exactOptional(v.object({ val: repeatMetrics, test: repeatMetrics })),
  /** Of this model, not of its repeats. Absent after --no-stress. */
  stress: v.exactOptional(stressSchema),
});
export type ModelResults = v.InferOutput<typeof modelResultsSchema>;
