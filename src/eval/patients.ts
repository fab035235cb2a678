// Figures by patient. A patient's score is the mean log-odds of the patient's images; a patient is positive if one of the images is.
import { group, mean } from "d3-array";
import { patientOf } from "../data/names.js";
import type { SplitMetrics, ThresholdMetrics } from "../results/metrics.js";
import { bootstrapIntervals } from "./intervals.js";
import { rocAucScore } from "./roc.js";
import { thresholdMetrics } from "./thresholds.js";

/** By a CSV, or by the file names of the published dataset. */
export const knownPatient = (image: { file: string; patient?: string }): string | undefined => patientOf(image) ?? undefined;

/** The numbers of each patient's images. An image without a patient is on its own. */
export function imagesOfPatients(patients: readonly (string | undefined)[]): number[][] {
  return [...group(patients.keys(), (i) => patients[i] ?? i).values()];
}

export interface PatientScore {
  /** Absent: an image without a patient. */
  patient: string | undefined;
  images: number;
  label: 0 | 1;
  /** Whether the patient has images of both classes. */
  mixed: boolean;
  logOdds: number;
}

/** In the order of the patients' first images. */
export function patientScores(
  labels: ArrayLike<number>,
  logOdds: ArrayLike<number>,
  patients: readonly (string | undefined)[],
): PatientScore[] {
  return imagesOfPatients(patients).map((own) => {
    const positive = own.filter((i) => labels[i] === 1).length;
    return {
      patient: patients[own[0]],
      images: own.length,
      label: positive > 0 ? 1 : 0,
      mixed: positive > 0 && positive < own.length,
      logOdds: mean(own, (i) => logOdds[i])!,
    };
  });
}

export interface PatientFigures extends ThresholdMetrics {
  /** Number of patients; images without a patient count as patients of their own. */
  n: number;
  /** Patients with images of both classes. */
  mixed: number;
  auc: number | null;
  /** 95% bootstrap intervals over patients. */
  intervals: SplitMetrics["intervals"];
}

/** `threshold`: in log-odds. */
export function patientFigures(scores: readonly PatientScore[], threshold: number): PatientFigures {
  const [labels, logOdds] = [scores.map(({ label }) => label), scores.map((score) => score.logOdds)];
  return {
    n: scores.length,
    mixed: scores.filter(({ mixed }) => mixed).length,
    ...thresholdMetrics(labels, logOdds, threshold),
    auc: rocAucScore(labels, logOdds),
    intervals: bootstrapIntervals(labels, logOdds, { threshold }),
  };
}
