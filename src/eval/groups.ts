// Metrics by group of test images, for example by hospital or by patient.
import { group } from "d3-array";
import { accuracy, classMetrics, confusionMatrix, predictAt } from "./confusion.js";
import { rocAucScore } from "./roc.js";

/** A metric is null if the group has no image of a class that the metric needs. */
export interface GroupMetrics {
  group: string;
  n: number;
  accuracy: number;
  recall: number | null;
  specificity: number | null;
  auc: number | null;
}

/** Sorted by size, largest first, then by name. Images with an undefined group are left out. */
export function groupMetrics(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  groups: readonly (string | undefined)[],
): GroupMetrics[] {
  const places = group(
    [...groups.keys()].filter((i) => groups[i] !== undefined),
    (i) => groups[i]!,
  );
  return [...places]
    .map(([name, own]) =>
      figures(
        name,
        own.map((i) => labels[i]),
        own.map((i) => scores[i]),
      ),
    )
    .sort((a, b) => b.n - a.n || (a.group < b.group ? -1 : 1));
}

function figures(name: string, labels: number[], scores: number[]): GroupMetrics {
  const confusion = confusionMatrix(labels, predictAt(scores));
  const [normal, pneumonia] = [classMetrics(confusion, 0), classMetrics(confusion, 1)];
  return {
    group: name,
    n: labels.length,
    accuracy: accuracy(confusion),
    recall: pneumonia.support > 0 ? pneumonia.recall : null,
    specificity: normal.support > 0 ? normal.recall : null,
    auc: rocAucScore(labels, scores),
  };
}
