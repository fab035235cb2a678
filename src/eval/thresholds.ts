// Thresholds: an image is called PNEUMONIA where its log-odds are above.
import type { Confusion, ThresholdMetrics } from "../results/metrics.js";
import { accuracy, classMetrics, confusionMatrix, predictAt } from "./confusion.js";
import { probability } from "./log-odds.js";

/** The rates of a confusion matrix, PNEUMONIA being positive; 0 where there is nothing to divide by. */
export function rates(confusion: Confusion): ThresholdMetrics {
  const { recall, precision, f1 } = classMetrics(confusion, 1);
  return { confusion, accuracy: accuracy(confusion), recall, specificity: classMetrics(confusion, 0).recall, precision, f1 };
}

export const thresholdMetrics = (labels: ArrayLike<number>, logOdds: ArrayLike<number>, threshold: number): ThresholdMetrics =>
  rates(confusionMatrix(labels, predictAt(logOdds, threshold)));

export interface Threshold {
  /** As p. p > value finds what `logit` finds, and more where images share a p. */
  value: number;
  /** In log-odds: the one to apply. */
  logit: number;
}

/**
 * The largest threshold that finds at least the share `target` (above 0, at most 1) of the PNEUMONIA images: the doubles just
 * below the p and the log-odds that must still be found. null where there is no such image.
 */
export function thresholdForRecall(labels: ArrayLike<number>, logOdds: ArrayLike<number>, target: number): Threshold | null {
  const positives = Array.from(logOdds)
    .filter((_, i) => labels[i] === 1)
    .sort((a, b) => b - a);
  const needed = positives.findIndex((_, i) => (i + 1) / positives.length >= target);
  if (needed < 0) return null;
  return { value: justBelow(probability(positives[needed])), logit: justBelow(positives[needed]) };
}

/** The greatest double below x; a double's bits count its magnitude. */
function justBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + (x > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
