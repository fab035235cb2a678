// What `predict` makes of files.
import type { Score } from "../../eval/predictions.js";
import type { DicomTags } from "../../image/dicom/tags.js";

export interface Prediction extends Score {
  file: string;
  label: string;
  /** The picture of what the model looks at, where one was asked for. */
  map?: string;
  /** What a DICOM file says of the patient and the image, where it was asked for. */
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
