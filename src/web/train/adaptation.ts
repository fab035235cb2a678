// The figures before and after an adaptation, and which fits were applied.
import type { AdaptationFigures } from "../../eval/adaptation-figures.js";
import type { Adaptation, Trial } from "../../eval/choose-adaptation.js";
import type { Interval, SplitMetrics } from "../../results/metrics.js";
import { byId, make } from "../elements.js";
import { word } from "../speech.js";
import type { Word } from "../words.js";

const FITS: Record<Adaptation, Word> = { threshold: "fitThreshold", scale: "fitScale", "last-layer": "fitLastLayer" };
const DIGITS = 3;

type Row = [name: Word, value: number | null, interval: Interval | null];

const rowsOf = ({ accuracy, perClass, auc, ece, intervals }: SplitMetrics): Row[] => [
  ["accuracy", accuracy, intervals.accuracy],
  ["recall", perClass.PNEUMONIA.recall, intervals.recall],
  ["specificity", perClass.NORMAL.recall, intervals.specificity],
  ["area", auc, intervals.auc],
  ["calibrationError", ece, null],
];

/** The names of the fits that were applied. */
export const appliedFits = ({ trials }: AdaptationFigures): string[] =>
  trials.flatMap(({ adaptation, taken }) => (taken ? [word(FITS[adaptation])] : []));

export function drawAdaptation(figures: AdaptationFigures | undefined): void {
  byId("adaptation").hidden = figures === undefined;
  if (!figures) return;
  const { before, after, thresholds, trials } = figures;
  const first: Row[] = [["threshold", thresholds.before, null], ...rowsOf(before)];
  const second: Row[] = [["threshold", thresholds.after, null], ...rowsOf(after)];
  const heading = (text: string) => make("th", { scope: "col", className: "number" }, text);
  const cell = ([, value, interval]: Row) => {
    const range = interval ? ` (${interval.map((end) => end.toFixed(DIGITS)).join("–")})` : "";
    return make("td", { className: "number" }, value === null ? "–" : `${value.toFixed(DIGITS)}${range}`);
  };
  byId("adaptation-figures").replaceChildren(
    make("caption", {}, word("adaptationCaption", { images: figures.images, patients: figures.patients })),
    make("tr", {}, make("td"), heading(word("before")), heading(word("after"))),
    ...first.map((row, i) => make("tr", {}, make("th", { scope: "row" }, word(row[0])), cell(row), cell(second[i]))),
  );
  byId("adaptation-fits").replaceChildren(...trials.map((trial) => make("li", {}, trialText(trial))));
}

function trialText(trial: Trial): string {
  const fit = word(FITS[trial.adaptation]);
  if ("tooFew" in trial) return word("fitTooFew", { fit, count: trial.tooFew });
  const { mean, error } = trial.gain;
  const of = word(trial.adaptation === "threshold" ? "balancedAccuracy" : "crossEntropy");
  const gain = `${mean.toFixed(4)} ± ${error.toFixed(4)}`;
  return word(trial.taken ? "fitTaken" : "fitNotWorth", { fit, of, gain });
}
