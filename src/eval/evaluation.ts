// Everything that `evaluate` reports about a model's scores for labelled images.
import { InputError } from "../core/errors.js";
import type { UnusualImage } from "../core/unusual.js";
import type { ImageFile } from "../data/types.js";
import type { SplitMetrics, ThresholdMetrics } from "../results/metrics.js";
import type { ReviewFigures } from "../results/review-results.js";
import type { Conformal } from "./conformal.js";
import { type GroupMetrics, groupMetrics } from "./groups.js";
import { logOddsOf } from "./log-odds.js";
import { splitMetrics } from "./metrics.js";
import { imagesOfPatients, knownPatient, type PatientFigures, patientFigures, patientScores } from "./patients.js";
import { reviewFigures, scored } from "./review.js";
import { thresholdForRecall, thresholdMetrics } from "./thresholds.js";

/** What a threshold chosen on the evaluated images gives on the same images: better than on other images. */
export interface TargetRecall extends ThresholdMetrics {
  target: number;
  /** As a probability. */
  threshold: number;
}

/** Metrics in the format of metrics.json, at the decision threshold. */
export interface Evaluation extends SplitMetrics {
  /** The decision threshold, a probability. */
  threshold: number;
  /** What the bootstrap of `intervals` resamples: patients, if the images have any. */
  intervalsOver: "images" | "patients";
  /** If the images have patients. */
  patients?: PatientFigures;
  /** By group, hospital and device, in natural order. Those by hospital and device have intervals, and are absent if no image has one. */
  groups: GroupMetrics[];
  hospitals?: GroupMetrics[];
  devices?: GroupMetrics[];
  /** With a target recall; null without images of class 1. */
  targetRecall?: TargetRecall | null;
  /** The images that are unlike the training images. Absent if the model has no statistics of them. */
  unusual?: UnusualImage[];
  /** With an error rate: images for review, and wrong decisions, by class. */
  review?: ReviewFigures & { errorRate: number };
}

export interface EvaluationChoices {
  /** The decision threshold, a probability. */
  threshold: number;
  targetRecall?: number | undefined;
  errorRate?: number | undefined;
  /** Needed with an error rate. */
  conformal?: Conformal | undefined;
  unusual?: UnusualImage[] | undefined;
}

/** Throws an InputError for numbers that are no threshold or no recall. */
export function checkChoices({
  threshold,
  targetRecall,
}: {
  threshold: number | undefined;
  targetRecall: number | undefined;
}): void {
  if (threshold !== undefined && !(threshold > 0 && threshold < 1))
    throw new InputError(`The threshold is ${threshold}: give a number between 0 and 1.`);
  if (targetRecall !== undefined && !(targetRecall > 0 && targetRecall <= 1))
    throw new InputError(`The target recall is ${targetRecall}: give a number above 0, at most 1.`);
}

type Evaluated = Pick<ImageFile, "file" | "label" | "patient" | "hospital" | "device" | "group">;

export function evaluationOf(images: readonly Evaluated[], logOdds: ArrayLike<number>, choices: EvaluationChoices): Evaluation {
  const { threshold, targetRecall, errorRate, conformal, unusual } = choices;
  const labels = images.map(({ label }) => label);
  const patients = images.map(knownPatient);
  const known = patients.some((patient) => patient !== undefined);
  const at = logOddsOf(threshold);
  const files = images.map(({ file }) => file);
  const by = (of: (image: Evaluated) => string | undefined, intervals: boolean) =>
    groupMetrics(labels, logOdds, images.map(of), { threshold: at, intervals, ...(known && { patients }) });
  const [hospitals, devices] = [by(({ hospital }) => hospital, true), by(({ device }) => device, true)];
  return {
    ...splitMetrics(labels, logOdds, files, { threshold: at, ...(known && { patients: imagesOfPatients(patients) }) }),
    threshold,
    intervalsOver: known ? "patients" : "images",
    ...(known && { patients: patientFigures(patientScores(labels, logOdds, patients), at) }),
    groups: by(({ group }) => group, false),
    ...(hospitals.length > 0 && { hospitals }),
    ...(devices.length > 0 && { devices }),
    ...(targetRecall !== undefined && { targetRecall: recallReached(labels, logOdds, targetRecall) }),
    ...(unusual && { unusual }),
    ...(errorRate !== undefined &&
      conformal && { review: { errorRate, ...reviewFigures(conformal, errorRate, scored(images, logOdds, unusual)) } }),
  };
}

function recallReached(labels: number[], logOdds: ArrayLike<number>, target: number): TargetRecall | null {
  const chosen = thresholdForRecall(labels, logOdds, target);
  return chosen && { target, threshold: chosen.value, ...thresholdMetrics(labels, logOdds, chosen.logit) };
}
