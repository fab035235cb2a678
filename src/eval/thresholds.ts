// Thresholds: an image is called PNEUMONIA where its log-odds are above.
import type { Confusion, ThresholdMetrics } from "../results/metrics.js";
import { accuracy, classMetrics, confusionMatrix, predictAt } from "./confusion.js";
import { probability } from "./log-odds.js";
import { cumulativeCounts } from "./steps.js";

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

/**
 * The threshold with the greatest balanced accuracy, (recall + specificity) / 2: in the middle between two neighbouring log-odds;
 * of several the one nearest to 0. null where a class is absent or no two images differ.
 */
export function balancedThreshold(labels: ArrayLike<number>, logOdds: ArrayLike<number>): Threshold | null {
  const steps = cumulativeCounts(labels, logOdds);
  const { tps: positives, fps: negatives } = steps[steps.length - 1];
  if (positives === 0 || negatives === 0 || steps.length < 2) return null;
  const middles = steps
    .slice(0, -1)
    .map(({ tps, fps, threshold }, i) => ({
      balanced: tps / positives - fps / negatives,
      logit: (threshold + steps[i + 1].threshold) / 2,
    }));
  const best = middles.reduce((a, b) =>
    b.balanced > a.balanced || (b.balanced === a.balanced && Math.abs(b.logit) < Math.abs(a.logit)) ? b : a,
  );
  return { value: probability(best.logit), logit: best.logit };
}

/** The greatest double below x; a double's bits count its magnitude. */
function justBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + (x > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
