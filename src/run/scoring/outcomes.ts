// What `predict` makes of files.
import type { Score } from "../../eval/predictions.js";
import type { DicomTags } from "../../image/dicom/tags.js";

/** The names of the API, and those that files have had from the start (pPneumonia, logit), with the same values. */
export interface Prediction extends Score {
  file: string;
  /** The probability of class 1. */
  probability: number;
  /** ln(p / (1 - p)). */
  logOdds: number;
  /** The name of the class at the decision threshold. */
  label: string;
  /** The path of the saliency map, if maps are written. */
  map?: string;
  /** Tags of a DICOM file about the patient and the image, if they were requested. */
  dicom?: DicomTags;
}

/** What became of a file: its score, or why there is none. */
export type Outcome = Prediction | { file: string; error: string };

/** Takes outcomes in the order of the files. */
export interface OutcomeSink {
  write(outcome: Outcome): void;
  /** Resolves when more can be written without piling up. */
  ready(): Promise<void>;
}
