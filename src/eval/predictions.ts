// predictions-*.csv: one line per image.
import { InputError } from "../core/errors.js";
import { csvRecords } from "../data/csv.js";
import { csvText } from "../data/csv-text.js";
import { CLASSES, type ClassNames, type Label } from "../data/types.js";
import type { Score } from "./log-odds.js";

/** The score of an image. */
export interface PredictionRow extends Score {
  file: string;
  label: Label;
}

/** The predictions of a run, by model or by training. */
export type Predictions = Record<string, { val: PredictionRow[]; test: PredictionRow[] }>;

/** Whether both are of the same images with the same labels, in the same order: only then may rows be joined by number. */
export function sameImages(
  one: readonly Pick<PredictionRow, "file" | "label">[],
  other: readonly Pick<PredictionRow, "file" | "label">[],
): boolean {
  return one.length === other.length && one.every(({ file, label }, i) => file === other[i].file && label === other[i].label);
}

const HEADER = ["file", "label", "p_pneumonia", "logit"];

/** RFC 4180 fields, "\n" between records; scores keep all digits of a double. */
export function predictionsCsv(rows: readonly PredictionRow[], classes: ClassNames = CLASSES): string {
  return csvText([HEADER, ...rows.map(({ file, label, pPneumonia, logit }) => [file, classes[label], pPneumonia, logit])]);
}

/** Reads the format of predictionsCsv, also with "\r\n". `name` is the name of the file in messages. Throws an InputError. */
export function parsePredictionsCsv(text: string, name = "predictions", classes: ClassNames = CLASSES): PredictionRow[] {
  return csvRecords(text, name, HEADER).map((fields, i) => toRow(fields, `${name}, record ${i + 1}`, classes));
}

function toRow(fields: string[], where: string, classes: ClassNames): PredictionRow {
  const [file, className, p, logOdds] = fields;
  const label = classes.indexOf(className);
  if (label !== 0 && label !== 1) {
    throw new InputError(
      `${where}: the label ${JSON.stringify(className.slice(0, 40))} is neither ${classes[0]} nor ${classes[1]}.`,
    );
  }
  const pPneumonia = numberIn(p);
  if (!(pPneumonia >= 0 && pPneumonia <= 1)) {
    throw new InputError(`${where}: p_pneumonia is ${JSON.stringify(p.slice(0, 40))}, not a number from 0 to 1.`);
  }
  const logit = numberIn(logOdds);
  if (!Number.isFinite(logit)) {
    throw new InputError(`${where}: logit is ${JSON.stringify(logOdds.slice(0, 40))}, not a finite number.`);
  }
  return { file, label, pPneumonia, logit };
}

const numberIn = (field: string): number => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(field) ? Number(field) : NaN);
