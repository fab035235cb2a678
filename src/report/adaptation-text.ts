// The output of `adapt`, 80 columns wide.
import { counted } from "../core/counted.js";
import { type AdaptationFigures, fallenFigures } from "../eval/adaptation-figures.js";
import type { Adaptation, Trial } from "../eval/choose-adaptation.js";
import type { Interval, SplitMetrics } from "../results/metrics.js";
import { figure, range } from "./evaluation-text.js";
import { threshold } from "./format.js";
import { aligned } from "./terminal-summary.js";

const TITLES: Record<Adaptation, string> = { threshold: "threshold", scale: "scale and offset", "last-layer": "last layer" };

export function adaptationText({
  images,
  patients,
  counts,
  classes,
  trials,
  before,
  after,
  ...found
}: AdaptationFigures): string {
  const { thresholds, unusual, refitted } = found;
  const row = (title: string, of: (metrics: SplitMetrics) => [number | null, Interval | null]) => [
    title,
    ...[before, after].map((metrics) => withInterval(...of(metrics))),
  ];
  return [
    `${counted(images, "image", "images")} of ${counted(patients, "patient", "patients")}: ${counts.map((n, k) => `${n} ${classes[k]}`).join(", ")}`,
    "",
    ...aligned([
      ["", "before", "after (cross-validated)"],
      ["threshold", threshold(thresholds.before), threshold(thresholds.after)],
      row("accuracy", ({ accuracy, intervals }) => [accuracy, intervals.accuracy]),
      row("recall", ({ perClass, intervals }) => [perClass.PNEUMONIA.recall, intervals.recall]),
      row("specificity", ({ perClass, intervals }) => [perClass.NORMAL.recall, intervals.specificity]),
      row("AUC", ({ auc, intervals }) => [auc, intervals.auc]),
      row("Brier score", ({ brier }) => [brier, null]),
      row("calibration error", ({ ece }) => [ece, null]),
    ]),
    "",
    "Fits, compared on images of other patients (gain per image, standard error):",
    ...trials.map((trial) => `  ${trialText(trial)}`),
    `Scores for decisions with an error rate: ${refitted.conformal ? "replaced" : "kept"}`,
    `Statistics of unusual images: ${unusualText(unusual, refitted.unusual)}`,
    ...fallenFigures({ before, after }).map(
      ({ figure, ...shares }) =>
        `Note: ${figure} falls from ${shares.before.toFixed(3)} to ${shares.after.toFixed(3)}. ${figure === "recall" ? "A lower" : "A higher"} --threshold raises it.`,
    ),
    "",
  ].join("\n");
}

function trialText(trial: Trial): string {
  const title = TITLES[trial.adaptation];
  if ("tooFew" in trial) return `${title}: not tried, because it needs ${trial.tooFew} patients of each class`;
  const { mean, error } = trial.gain;
  const what = trial.adaptation === "threshold" ? "balanced accuracy" : "cross-entropy";
  return `${title}: ${mean.toFixed(4)} (${error.toFixed(4)}) of ${what}: ${trial.taken ? "applied" : "not worth it"}`;
}

function unusualText(before: number | null, refitted: boolean): string {
  const found = before === null ? "" : ` (${counted(before, "image was", "images were")} unusual before)`;
  return refitted ? `replaced${found}` : `${before === null ? "none" : "kept"}, because new ones need 100 images${found}`;
}

const withInterval = (value: number | null, interval: Interval | null): string =>
  interval ? `${figure(value)} (${range(interval)})` : figure(value);
