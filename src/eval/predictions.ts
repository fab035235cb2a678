// predictions-*.csv: one line an image.

import { isDeepStrictEqual } from "node:util";
import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { InputError } from "../core/errors.js";
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
const MAX_ROWS = 1_000_000;
/** UTF-16 units. */
const MAX_FIELD = 4096;

/** RFC 4180 fields, "\n" between records; scores keep every digit of the double. */
export function predictionsCsv(rows: readonly PredictionRow[]): string {
  return stringify([HEADER, ...rows.map(({ file, label, pPneumonia }) => [file, CLASSES[label], String(pPneumonia)])]);
}

/** Reads predictionsCsv's format back, also with "\r\n"; `name` is the file's name for messages. Else an InputError. */
export function parsePredictionsCsv(text: string, name = "predictions"): PredictionRow[] {
  const [header, ...records] = recordsOf(text, name);
  if (!isDeepStrictEqual(header, HEADER)) throw new InputError(`${name} does not begin with the line "${HEADER.join(",")}".`);
  if (records.length > MAX_ROWS) throw new InputError(`${name} has more than ${MAX_ROWS} records.`);
  return records.map((fields, i) => toRow(fields, `${name}, record ${i + 1}`));
}

/** A header and at most MAX_ROWS + 1 records, of any number of fields. */
function recordsOf(text: string, name: string): string[][] {
  try {
    return parse(text, {
      record_delimiter: ["\n", "\r\n"],
      relax_column_count: true,
      to: 1 + MAX_ROWS + 1,
      // In bytes, of which a unit takes three at most: an open quote does not collect the rest of the file.
      max_record_size: 3 * MAX_FIELD * HEADER.length,
    });
  } catch (error) {
    throw error instanceof CsvError ? noField(`${name}, line ${error.lines}`) : error;
  }
}

const noField = (where: string) =>
  new InputError(`${where}: no field of at most ${MAX_FIELD} characters, in quotes where it holds quotes.`);

function toRow(fields: string[], where: string): PredictionRow {
  if (fields.length > HEADER.length) throw new InputError(`${where}: more than ${HEADER.length} fields.`);
  if (fields.length < HEADER.length) throw new InputError(`${where}: expected ${HEADER.length} fields, found ${fields.length}.`);
  if (fields.some(({ length }) => length > MAX_FIELD)) throw noField(where);
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
