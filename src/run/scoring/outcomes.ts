// Results of `predict` for files.
import type { Score } from "../../eval/log-odds.js";
import type { DicomTags } from "../../image/dicom/tags.js";
import type { Noted } from "../../image/notes.js";

/** The names of the API, and those that files have had from the start (pPneumonia, logit), with the same values. */
export interface Prediction extends Score, Noted {
  file: string;
  /** The probability of class 1. */
  probability: number;
  /** ln(p / (1 - p)). */
  logOdds: number;
  /** The name of the class at the decision threshold. */
  label: string;
  /** Whether the image is unlike the training images: unusualScore is above 1. Absent if the model has no statistics of them. */
  unusual?: boolean;
  unusualScore?: number;
  /** The name of a class, or REVIEW; with an error rate only. */
  decision?: string;
  /** What was assumed about the model's file: phrases that follow its name. */
  modelNotes?: string[];
  /** Path of the class activation map, if requested. */
  map?: string;
  /** DICOM attributes of the patient and the image, if requested. */
  dicom?: DicomTags;
}

/** The result for a file: a score, or the reason why there is none. */
export type Outcome = Prediction | { file: string; error: string };

/** Receives outcomes in the order of the files. */
export interface OutcomeSink {
  write(outcome: Outcome): void;
  /** Resolves when more output can be written without unbounded buffering. */
  ready(): Promise<void>;
}
