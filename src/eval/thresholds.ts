// Thresholds: an image is called PNEUMONIA where p > threshold.
import type { Confusion, ThresholdMetrics } from "../results/metrics.js";
import { accuracy, classMetrics, confusionMatrix, predictAt } from "./confusion.js";

/** The rates of a confusion matrix, PNEUMONIA being positive; 0 where there is nothing to divide by. */
export function rates(confusion: Confusion): ThresholdMetrics {
  const { recall, precision, f1 } = classMetrics(confusion, 1);
  return { confusion, accuracy: accuracy(confusion), recall, specificity: classMetrics(confusion, 0).recall, precision, f1 };
}

export const thresholdMetrics = (labels: ArrayLike<number>, p: ArrayLike<number>, threshold: number): ThresholdMetrics =>
  rates(confusionMatrix(labels, predictAt(p, threshold)));

/**
 * The largest threshold that finds at least the share `target` (above 0, at most 1) of the PNEUMONIA images: the double just
 * below the score that must still be found. null where there is no such image.
 */
export function thresholdForRecall(labels: ArrayLike<number>, p: ArrayLike<number>, target: number): number | null {
  const positives = Array.from(p)
    .filter((_, i) => labels[i] === 1)
    .sort((a, b) => b - a);
  const needed = positives.findIndex((_, i) => (i + 1) / positives.length >= target);
  return needed < 0 ? null : justBelow(positives[needed]);
}

/** The greatest double below x >= 0. */
function justBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) - 1n);
  return view.getFloat64(0);
}
