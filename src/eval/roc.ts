import { checkScores } from "./scores.js";
import { cumulativeCounts, type Step } from "./steps.js";

export interface RocPoint {
  fpr: number;
  tpr: number;
  threshold: number;
}

/**
 * sklearn.metrics.roc_curve with drop_intermediate=True: thresholds decrease, the first is Infinity at (0, 0).
 * If a class is absent, its rate is NaN at every point, as in scikit-learn.
 */
export function rocCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): RocPoint[] {
  checkScores(labels, scores);
  const steps = dropCollinear(cumulativeCounts(labels, scores));
  const { fps: negatives, tps: positives } = steps[steps.length - 1];
  return [{ fps: 0, tps: 0, threshold: Infinity }, ...steps].map(({ fps, tps, threshold }) => ({
    fpr: fps / negatives,
    tpr: tps / positives,
    threshold,
  }));
}

/** Area under the ROC curve by the trapezoidal rule; null if a class is absent. */
export function rocAucScore(labels: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  const curve = rocCurve(labels, scores);
  const last = curve[curve.length - 1];
  if (Number.isNaN(last.fpr) || Number.isNaN(last.tpr)) return null;
  let area = 0;
  for (let i = 1; i < curve.length; i++) {
    area += ((curve[i].fpr - curve[i - 1].fpr) * (curve[i].tpr + curve[i - 1].tpr)) / 2;
  }
  return area;
}

/** Drops points inside a straight segment of the curve: the second differences of both counts are zero. */
function dropCollinear(steps: Step[]): Step[] {
  if (steps.length <= 2) return steps;
  return steps.filter((step, i) => {
    const before = steps[i - 1];
    const after = steps[i + 1];
    if (before === undefined || after === undefined) return true;
    return after.fps - 2 * step.fps + before.fps !== 0 || after.tps - 2 * step.tps + before.tps !== 0;
  });
}
