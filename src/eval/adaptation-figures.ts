// What `adapt` reports: the figures before and after, and what was done.
import type { ClassNames } from "../data/types.js";
import type { SplitMetrics } from "../results/metrics.js";
import { patientsByClass } from "./adaptation.js";
import type { Chosen, Trial } from "./choose-adaptation.js";
import type { Conformal } from "./conformal.js";
import { splitMetrics } from "./metrics.js";
import { imagesOfPatients } from "./patients.js";
import { type AdaptedReview, adaptedReview, scored } from "./review.js";

export interface AdaptationFigures {
  images: number;
  /** Images without a patient count as patients of their own. */
  patients: number;
  /** Images of class 0 and class 1. */
  counts: [number, number];
  /** Patients with images of class 0 and of class 1. */
  patientsByClass: [number, number];
  classes: ClassNames;
  trials: Trial[];
  /** At the decision threshold. `after`: each image by fits to the images of other patients. The intervals resample patients. */
  before: SplitMetrics;
  after: SplitMetrics;
  /** The decision thresholds, as probabilities. */
  thresholds: { before: number; after: number };
  /** Decisions with several error rates. */
  review: AdaptedReview[];
  /** Images that are unusual by the model's statistics before; null: it had none. */
  unusual: number | null;
  /** Whether the new file has new statistics: of unusual images, and scores for decisions with an error rate. */
  refitted: { unusual: boolean; conformal: boolean };
}

export interface Found {
  images: readonly { file: string; label: 0 | 1 }[];
  patients: readonly (string | undefined)[];
  classes: ClassNames;
  /** Of the model before. */
  logOdds: Float64Array;
  chosen: Chosen;
  /** In log-odds and as probabilities. */
  threshold: number;
  thresholds: AdaptationFigures["thresholds"];
  conformal: { before: Conformal | undefined; after: Conformal | undefined };
  /** Those by the statistics before; undefined: there were none. */
  unusual: readonly { file: string }[] | undefined;
  refitted: AdaptationFigures["refitted"];
}

export function adaptationFigures({
  images,
  patients,
  classes,
  logOdds,
  chosen: { trials, crossValidated },
  threshold,
  thresholds,
  conformal,
  unusual,
  refitted,
}: Found): AdaptationFigures {
  const labels = images.map(({ label }) => label);
  const files = images.map(({ file }) => file);
  const together = imagesOfPatients(patients);
  const at = (scores: Scores) => metricsAt(labels, scores, files, together);
  const given = new Float64Array(labels.length).fill(threshold);
  const positive = labels.filter((label) => label === 1).length;
  return {
    images: labels.length,
    patients: together.length,
    counts: [labels.length - positive, positive],
    patientsByClass: patientsByClass(labels, patients),
    classes,
    trials,
    before: at({ logOdds, thresholds: given, ranking: logOdds }),
    after: at(crossValidated),
    thresholds,
    review: adaptedReview(
      [conformal.before, scored(images, logOdds, unusual)],
      // By new statistics of these very images, hardly any would be unusual.
      [conformal.after, scored(images, crossValidated.logOdds, refitted.unusual ? [] : unusual)],
    ),
    unusual: unusual?.length ?? null,
    refitted,
  };
}

interface Scores {
  logOdds: Float64Array;
  /** One per image, in log-odds. */
  thresholds: ArrayLike<number>;
  ranking: Float64Array;
}

/** Decisions at the thresholds, areas by the ranking, all else by the log-odds. */
function metricsAt(
  labels: (0 | 1)[],
  { logOdds, thresholds, ranking }: Scores,
  files: string[],
  patients: number[][],
): SplitMetrics {
  const of = (scores: Float64Array) => splitMetrics(labels, scores, files, { patients });
  const decisions = of(logOdds.map((x, i) => x - thresholds[i]));
  const own = of(logOdds);
  const { auc, averagePrecision, intervals } = ranking === logOdds ? own : of(ranking);
  const { accuracy, confusion, perClass, macro, weighted, specificity, bySubtype } = decisions;
  return {
    ...own,
    ...{ auc, averagePrecision, accuracy, confusion, perClass, macro, weighted, specificity },
    ...(bySubtype && { bySubtype }),
    intervals: { ...decisions.intervals, auc: intervals.auc },
  };
}

/** Figures that are lower after than before, beyond the interval before. */
export function fallenFigures({ before, after }: Pick<AdaptationFigures, "before" | "after">) {
  const all = [
    { figure: "recall", of: ({ perClass }: SplitMetrics) => perClass.PNEUMONIA.recall },
    { figure: "specificity", of: ({ perClass }: SplitMetrics) => perClass.NORMAL.recall },
  ] as const;
  return all
    .map(({ figure, of }) => ({ figure, before: of(before), after: of(after) }))
    .filter((found) => found.after < (before.intervals[found.figure]?.[0] ?? 0));
}
