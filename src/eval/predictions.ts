// predictions-*.csv: one line an image.
import { stringify } from "csv-stringify/sync";
import { InputError } from "../core/errors.js";
import { csvRecords } from "../data/csv.js";
import { CLASSES, type Label } from "../data/types.js";

/** One image's score: `pPneumonia` is the probability of class 1. */
export interface PredictionRow {
  file: string;
  label: Label;
  pPneumonia: number;
}

/** What a run predicts: by model, or by training. */
export type Predictions = Record<string, { val: PredictionRow[]; test: PredictionRow[] }>;

const HEADER = ["file", "label", "p_pneumonia"];

/** RFC 4180 fields, "\n" between records; scores keep every digit of the double. */
export function predictionsCsv(rows: readonly PredictionRow[]): string {
  return stringify([HEADER, ...rows.map(({ file, label, pPneumonia }) => [file, CLASSES[label], String(pPneumonia)])]);
}

/** Reads predictionsCsv's format back, also with "\r\n"; `name` is the file's name for messages. Else an InputError. */
export function parsePredictionsCsv(text: string, name = "predictions"): PredictionRow[] {
  return csvRecords(text, name, [HEADER]).map((fields, i) => toRow(fields, `${name}, record ${i + 1}`));
}

function toRow(fields: string[], where: string): PredictionRow {
  const [file, className, score] = fields;
  const label = (CLASSES as readonly string[]).indexOf(className);
  if (label !== 0 && label !== 1) {
    throw new InputError(`${where}: the label ${JSON.stringify(className.slice(0, 40))} is neither NORMAL nor PNEUMONIA.`);
  }
  const pPneumonia = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(score) ? Number(score) : NaN;
  if (!(pPneumonia >= 0 && pPneumonia <= 1)) {
    throw new InputError(`${where}: p_pneumonia is ${JSON.stringify(score.slice(0, 40))}, not a number from 0 to 1.`);
  }
  return { file, label, pPneumonia };
}
