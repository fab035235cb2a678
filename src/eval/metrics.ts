import { subtypeOf } from "../data/names.js";
import type { SplitMetrics } from "../results/metrics.js";
import { calibration, histogram } from "./calibration.js";
import { accuracy, classMetrics, confusionMatrix, macroAverage, predictAt, weightedAverage } from "./confusion.js";
import { bootstrapIntervals, type Resampling } from "./intervals.js";
import { probability } from "./log-odds.js";
import { averagePrecisionScore, precisionRecallCurve } from "./precision-recall.js";
import { rocAucScore, rocCurve } from "./roc.js";
import { checkScores } from "./scores.js";

/**
 * All metrics of a split.
 * labels: n classes, 0 or 1; logOdds: n log-odds of the positive class; files: n names, which may state subtypes. `threshold`: of
 * decisions, in log-odds; `patients`: see Resampling.
 */
export function splitMetrics(
  labels: ArrayLike<number>,
  logOdds: ArrayLike<number>,
  files: readonly string[] = [],
  { threshold = 0, patients }: Resampling = {},
): SplitMetrics {
  checkScores(labels, logOdds);
  const p = Float64Array.from(logOdds, probability);
  const confusion = confusionMatrix(labels, predictAt(logOdds, threshold));
  const perClass = { NORMAL: classMetrics(confusion, 0), PNEUMONIA: classMetrics(confusion, 1) };
  const { NORMAL, PNEUMONIA } = perClass;
  const auc = rocAucScore(labels, logOdds);
  return {
    n: labels.length,
    accuracy: accuracy(confusion),
    auc,
    confusion,
    perClass,
    macro: macroAverage(NORMAL, PNEUMONIA),
    weighted: weightedAverage(NORMAL, PNEUMONIA),
    roc: auc === null ? [] : rocCurve(labels, logOdds).map(stated),
    specificity: NORMAL.recall,
    averagePrecision: averagePrecisionScore(labels, logOdds),
    precisionRecall: auc === null ? [] : precisionRecallCurve(labels, logOdds).map(stated),
    ...calibration(labels, p),
    histogram: histogram(labels, p),
    intervals: bootstrapIntervals(labels, logOdds, { threshold, patients }),
    ...(files.length > 0 && { bySubtype: recallBySubtype(labels, predictAt(logOdds, threshold), files) }),
  };
}

/** A point as in metrics.json: the threshold is a probability, or null if it is infinite or absent. */
function stated<T extends { threshold: number | null }>({ threshold, ...rates }: T) {
  return { ...rates, threshold: threshold === null || threshold === Infinity ? null : probability(threshold) };
}

/** Recall for the positive images of each subtype. */
function recallBySubtype(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  files: readonly string[],
): NonNullable<SplitMetrics["bySubtype"]> {
  const found: NonNullable<SplitMetrics["bySubtype"]> = {};
  files.forEach((file, i) => {
    if (labels[i] !== 1) return;
    const entry = (found[subtypeOf(file)] ??= { n: 0, found: 0 });
    entry.n++;
    entry.found += predicted[i];
  });
  return found;
}
