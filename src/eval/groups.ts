// Metrics by group of test images, for example by hospital or by device.
import { group } from "d3-array";
import type { SplitMetrics } from "../results/metrics.js";
import { accuracy, classMetrics, confusionMatrix, predictAt } from "./confusion.js";
import { bootstrapIntervals } from "./intervals.js";
import { imagesOfPatients } from "./patients.js";
import { rocAucScore } from "./roc.js";

/** A metric is null if the group has no image of a class that the metric needs. */
export interface GroupMetrics {
  group: string;
  n: number;
  accuracy: number;
  recall: number | null;
  specificity: number | null;
  auc: number | null;
  /** 95% bootstrap intervals over the patients, or else the images, of the group. Only with `Options.intervals`. */
  intervals?: Pick<SplitMetrics["intervals"], "accuracy" | "recall" | "specificity" | "auc">;
}

interface Options {
  /** In log-odds. */
  threshold?: number;
  intervals?: boolean;
  /** Of each image. */
  patients?: readonly (string | undefined)[];
}

/** With more groups, there are no intervals: they take about 10 ms per group. */
const MOST_WITH_INTERVALS = 100;

/** "ward 2" before "ward 10", the same in every locale. */
const NATURAL = new Intl.Collator("en", { numeric: true });
const inNaturalOrder = (a: string, b: string): number => NATURAL.compare(a, b) || (a < b ? -1 : Number(a > b));

/** In natural order of the names. Images with an undefined group are left out. */
export function groupMetrics(
  labels: ArrayLike<number>,
  logOdds: ArrayLike<number>,
  groups: readonly (string | undefined)[],
  { threshold = 0, intervals = false, patients }: Options = {},
): GroupMetrics[] {
  const places = group(
    [...groups.keys()].filter((i) => groups[i] !== undefined),
    (i) => groups[i]!,
  );
  return [...places]
    .map(([name, own]) => {
      const [theirs, scores] = [own.map((i) => labels[i]), own.map((i) => logOdds[i])];
      const found = figures(name, theirs, scores, threshold);
      if (!intervals || places.size > MOST_WITH_INTERVALS) return found;
      const together = patients && { patients: imagesOfPatients(own.map((i) => patients[i])) };
      const { accuracy, recall, specificity, auc } = bootstrapIntervals(theirs, scores, { threshold, ...together });
      return { ...found, intervals: { accuracy, recall, specificity, auc } };
    })
    .sort((a, b) => inNaturalOrder(a.group, b.group));
}

function figures(name: string, labels: number[], logOdds: number[], threshold: number): GroupMetrics {
  const confusion = confusionMatrix(labels, predictAt(logOdds, threshold));
  const [normal, pneumonia] = [classMetrics(confusion, 0), classMetrics(confusion, 1)];
  return {
    group: name,
    n: labels.length,
    accuracy: accuracy(confusion),
    recall: pneumonia.support > 0 ? pneumonia.recall : null,
    specificity: normal.support > 0 ? normal.recall : null,
    auc: rocAucScore(labels, logOdds),
  };
}
