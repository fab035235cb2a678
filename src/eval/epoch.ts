import type { EpochFigures } from "../results/metrics.js";
import { crossEntropy } from "./log-odds.js";
import { rocAucScore } from "./roc.js";
import { thresholdMetrics } from "./thresholds.js";

/** The metrics of a split after an epoch. labels: 0 or 1; logOdds: of the positive class. */
export function epochFigures(labels: ArrayLike<number>, logOdds: ArrayLike<number>): EpochFigures {
  const { accuracy, recall, specificity } = thresholdMetrics(labels, logOdds, 0);
  return { loss: crossEntropy(labels, logOdds), accuracy, recall, specificity, auc: rocAucScore(labels, logOdds) };
}
