// Decision thresholds: an image is positive if its log-odds are above the threshold.
import type { Confusion, ThresholdMetrics } from "../results/metrics.js";
import { accuracy, classMetrics, confusionMatrix, predictAt } from "./confusion.js";
import { probability } from "./log-odds.js";
import { cumulativeCounts } from "./steps.js";

/** The metrics of a confusion matrix; 0 if a denominator is 0. */
export function rates(confusion: Confusion): ThresholdMetrics {
  const { recall, precision, f1 } = classMetrics(confusion, 1);
  return { confusion, accuracy: accuracy(confusion), recall, specificity: classMetrics(confusion, 0).recall, precision, f1 };
}

export const thresholdMetrics = (labels: ArrayLike<number>, logOdds: ArrayLike<number>, threshold: number): ThresholdMetrics =>
  rates(confusionMatrix(labels, predictAt(logOdds, threshold)));

export interface Threshold {
  /** As a probability. p > value selects at least the images that `logit` selects; more if several images share p. */
  value: number;
  /** As log-odds; decisions use this one. */
  logit: number;
}

/**
 * The largest threshold with a recall of at least `target` (0 < target <= 1): the doubles just below the probability and the
 * log-odds of the last image that must be found. null if there are no positive images.
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
 * The threshold with the highest balanced accuracy, (recall + specificity) / 2, midway between two neighbouring log-odds; of
 * several, the one nearest to 0. null if a class is absent or all log-odds are equal.
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

/** The largest double below x. The bits of a double, read as an integer, increase with its magnitude. */
function justBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + (x > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
