import type { PrecisionRecallPoint } from "../results/metrics.js";
import { checkScores } from "./scores.js";
import { cumulativeCounts, type Step } from "./steps.js";

/**
 * sklearn.metrics.precision_recall_curve with drop_intermediate=True (scikit-learn 1.3): thresholds increase; of several
 * points with the same recall, the first and the last remain. Without positive images recall is 1 at every point, as there.
 */
export function precisionRecallCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): PrecisionRecallPoint[] {
  checkScores(labels, scores);
  const steps = cumulativeCounts(labels, scores);
  return [...dropEqualRecall(steps).map(pointOf(steps)).reverse(), { precision: 1, recall: 0, threshold: null }];
}

/** sklearn.metrics.average_precision_score: the sum of precision times the increase in recall; null if a class is absent. */
export function averagePrecisionScore(labels: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  checkScores(labels, scores);
  const steps = cumulativeCounts(labels, scores);
  const { tps, fps } = steps[steps.length - 1];
  if (tps === 0 || fps === 0) return null;
  let before = 0;
  let area = 0;
  for (const { precision, recall } of steps.map(pointOf(steps))) {
    area += precision * (recall - before);
    before = recall;
  }
  return area;
}

function pointOf(steps: Step[]): (step: Step) => PrecisionRecallPoint {
  const positives = steps[steps.length - 1].tps;
  return ({ tps, fps, threshold }) => ({
    precision: tps / (tps + fps),
    recall: positives === 0 ? 1 : tps / positives,
    threshold,
  });
}

function dropEqualRecall(steps: Step[]): Step[] {
  return steps.filter(({ tps }, i) => i === 0 || i === steps.length - 1 || tps !== steps[i - 1].tps || tps !== steps[i + 1].tps);
}
