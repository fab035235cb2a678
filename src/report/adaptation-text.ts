// The output of `adapt`, 80 columns wide.
import { counted } from "../core/counted.js";
import type { ClassNames } from "../data/types.js";
import type { Adaptation, Trial } from "../eval/choose-adaptation.js";
import type { Interval, SplitMetrics } from "../results/metrics.js";
import { figure, range } from "./evaluation-text.js";
import { aligned } from "./terminal-summary.js";

export interface AdaptationFigures {
  images: number;
  /** Images without a patient count as patients of their own. */
  patients: number;
  /** Images of class 0 and class 1. */
  counts: [number, number];
  classes: ClassNames;
  trials: Trial[];
  /** At the decision threshold. `after`: each image by fits to the images of other patients. */
  before: SplitMetrics;
  after: SplitMetrics;
}

const TITLES: Record<Adaptation, string> = { threshold: "threshold", scale: "scale and offset", "last-layer": "last layer" };

export function adaptationText({ images, patients, counts, classes, trials, before, after }: AdaptationFigures): string {
  const row = (title: string, of: (metrics: SplitMetrics) => [number | null, Interval | null]) => [
    title,
    ...[before, after].map((metrics) => withInterval(...of(metrics))),
  ];
  return [
    `${counted(images, "image", "images")} of ${counted(patients, "patient", "patients")}: ${counts.map((n, k) => `${n} ${classes[k]}`).join(", ")}`,
    "",
    ...aligned([
      ["", "before", "after (cross-validated)"],
      row("accuracy", ({ accuracy, intervals }) => [accuracy, intervals!.accuracy]),
      row("recall", ({ perClass, intervals }) => [perClass.PNEUMONIA.recall, intervals!.recall]),
      row("specificity", ({ perClass, intervals }) => [perClass.NORMAL.recall, intervals!.specificity]),
      row("AUC", ({ auc, intervals }) => [auc, intervals!.auc]),
    ]),
    "",
    "Fits, compared on images of other patients (gain per image, standard error):",
    ...trials.map((trial) => `  ${trialText(trial)}`),
    "",
  ].join("\n");
}

function trialText(trial: Trial): string {
  const title = TITLES[trial.adaptation];
  if ("tooFew" in trial) return `${title}: not tried, because it needs ${trial.tooFew} images of each class`;
  const { mean, error } = trial.gain;
  const what = trial.adaptation === "threshold" ? "balanced accuracy" : "cross-entropy";
  return `${title}: ${mean.toFixed(4)} (${error.toFixed(4)}) of ${what}: ${trial.taken ? "applied" : "not worth it"}`;
}

const withInterval = (value: number | null, interval: Interval | null): string =>
  interval ? `${figure(value)} (${range(interval)})` : figure(value);
