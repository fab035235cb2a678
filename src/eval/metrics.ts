import { subtypeOf } from "../data/names.js";
import type { SplitMetrics } from "../results/metrics.js";
import { calibration, histogram } from "./calibration.js";
import { accuracy, classMetrics, confusionMatrix, macroAverage, predictAt, weightedAverage } from "./confusion.js";
import { bootstrapIntervals } from "./intervals.js";
import { averagePrecisionScore, precisionRecallCurve } from "./precision-recall.js";
import { rocAucScore, rocCurve } from "./roc.js";
import { checkScores } from "./scores.js";

/**
 * Everything the report says about one split.
 * labels: n classes 0 or 1; p: n probabilities of PNEUMONIA; files: their names, which tell subtypes.
 */
export function splitMetrics(labels: ArrayLike<number>, p: ArrayLike<number>, files: readonly string[] = []): SplitMetrics {
  checkScores(labels, p);
  const confusion = confusionMatrix(labels, predictAt(p));
  const perClass = { NORMAL: classMetrics(confusion, 0), PNEUMONIA: classMetrics(confusion, 1) };
  const { NORMAL, PNEUMONIA } = perClass;
  const auc = rocAucScore(labels, p);
  return {
    n: labels.length,
    accuracy: accuracy(confusion),
    auc,
    confusion,
    perClass,
    macro: macroAverage(NORMAL, PNEUMONIA),
    weighted: weightedAverage(NORMAL, PNEUMONIA),
    roc:
      auc === null
        ? []
        : rocCurve(labels, p).map((point) => ({ ...point, threshold: point.threshold === Infinity ? null : point.threshold })),
    specificity: NORMAL.recall,
    averagePrecision: averagePrecisionScore(labels, p),
    precisionRecall: auc === null ? [] : precisionRecallCurve(labels, p),
    ...calibration(labels, p),
    histogram: histogram(labels, p),
    intervals: bootstrapIntervals(labels, p),
    ...(files.length > 0 && { bySubtype: recallBySubtype(labels, p, files) }),
  };
}

/** Recall at 0.5 among the PNEUMONIA images of each subtype. */
function recallBySubtype(
  labels: ArrayLike<number>,
  p: ArrayLike<number>,
  files: readonly string[],
): NonNullable<SplitMetrics["bySubtype"]> {
  const predicted = predictAt(p);
  const found: NonNullable<SplitMetrics["bySubtype"]> = {};
  files.forEach((file, i) => {
    if (labels[i] !== 1) return;
    const entry = (found[subtypeOf(file)] ??= { n: 0, found: 0 });
    entry.n++;
    entry.found += predicted[i];
  });
  return found;
}
