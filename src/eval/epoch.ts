import type { EpochFigures } from "../results/metrics.js";
import { confusionMatrix, predictAt } from "./confusion.js";
import { rocAucScore } from "./roc.js";
import { rates } from "./thresholds.js";

/** The few figures that are told of a split after an epoch. labels: 0 or 1; p: probabilities of PNEUMONIA. */
export function epochFigures(labels: ArrayLike<number>, p: ArrayLike<number>): EpochFigures {
  const { accuracy, recall, specificity } = rates(confusionMatrix(labels, predictAt(p)));
  return { loss: crossEntropy(labels, p), accuracy, recall, specificity, auc: rocAucScore(labels, p) };
}

function crossEntropy(labels: ArrayLike<number>, p: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= Math.log(Math.max(1e-12, labels[i] ? p[i] : 1 - p[i]));
  return sum / labels.length;
}
