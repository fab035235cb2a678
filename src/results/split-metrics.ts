// The metrics of one model on one split. PNEUMONIA is the positive class.
import * as v from "valibot";
import { area, count, interval, list, number, pair, share } from "./values.js";

/** [[TN, FP], [FN, TP]]: rows are true classes, columns are predicted classes. */
const confusion = pair(pair(count));
export type Confusion = v.InferOutput<typeof confusion>;

const thresholdEntries = { confusion, accuracy: share, recall: share, specificity: share, precision: share, f1: share };
/** What a decision threshold gives. */
export const thresholdMetrics = v.object(thresholdEntries);
export type ThresholdMetrics = v.InferOutput<typeof thresholdMetrics>;

/** The same for a training with another seed, or for an ensemble. */
export const repeatMetrics = v.object({ ...thresholdEntries, auc: area, ece: number });
export type RepeatMetrics = v.InferOutput<typeof repeatMetrics>;

const classMetrics = v.object({ precision: share, recall: share, f1: share, support: count });
export type ClassMetrics = v.InferOutput<typeof classMetrics>;

/** Ten bins of equal width over p, without empty bins. `observed` is the share of PNEUMONIA. */
const bins = list(v.object({ from: share, to: share, n: count, predicted: number, observed: share }));

/** `ece` is the expected calibration error over the bins. */
export const calibrationSchema = v.object({ ece: number, calibration: bins });
export type Calibration = v.InferOutput<typeof calibrationSchema>;

const precisionRecallPoint = v.object({
  precision: share,
  recall: share,
  /** null at the last point (precision 1, recall 0), which no threshold reaches. */
  threshold: v.nullable(number),
});
export type PrecisionRecallPoint = v.InferOutput<typeof precisionRecallPoint>;

const uncertain = v.nullable(interval);
const bySubtype = v.exactOptional(v.object({ n: count, found: count }));

export const splitMetricsSchema = v.object({
  n: count,
  accuracy: share,
  auc: area,
  /** At p > 0.5 (argmax of the two logits; a tie is NORMAL). Images are ranked by log-odds; thresholds are probabilities. */
  confusion,
  perClass: v.object({ NORMAL: classMetrics, PNEUMONIA: classMetrics }),
  macro: classMetrics,
  weighted: classMetrics,
  /** As sklearn.metrics.roc_curve: decreasing thresholds; the first one, Infinity, is written as null. */
  roc: list(v.object({ fpr: share, tpr: share, threshold: v.nullable(number) })),
  specificity: share,
  /** sklearn.metrics.average_precision_score; null if a class is absent. */
  averagePrecision: area,
  /** As sklearn.metrics.precision_recall_curve(drop_intermediate=True). */
  precisionRecall: list(precisionRecallPoint),
  /** sklearn.metrics.brier_score_loss. */
  brier: share,
  ece: number,
  calibration: bins,
  /** Number of images by p (twenty bins of equal width) and true class. */
  histogram: v.object({ NORMAL: list(count), PNEUMONIA: list(count) }),
  /** Percentile bootstrap with a seed, 2,000 resamples; null if undefined. */
  intervals: v.object({
    accuracy: uncertain,
    recall: uncertain,
    specificity: uncertain,
    precision: uncertain,
    f1: uncertain,
    auc: uncertain,
  }),
  /** Recall at 0.5 by subtype, without subtypes that have no images. Absent if the images have no file names. */
  bySubtype: v.exactOptional(v.object({ bacteria: bySubtype, virus: bySubtype, unknown: bySubtype })),
});
export type SplitMetrics = v.InferOutput<typeof splitMetricsSchema>;
