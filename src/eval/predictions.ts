import { isDeepStrictEqual } from "node:util";
import { CLASSES, type Label } from "../data/types.js";
import { InputError } from "../core/errors.js";

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
const MAX_FIELD = 4096;

/** predictions-*.csv: RFC 4180 fields, "\n" between records; scores keep every digit of the double. */
export function predictionsCsv(rows: readonly PredictionRow[]): string {
  const lines = rows.map(({ file, label, pPneumonia }) => [quote(file), CLASSES[label], String(pPneumonia)].join(","));
  return `${[HEADER.join(","), ...lines].join("\n")}\n`;
}

/** Reads predictionsCsv's format back; `name` is the file's name for messages. */
export function parsePredictionsCsv(text: string, name = "predictions"): PredictionRow[] {
  const records = splitRecords(text, name);
  const header = records.next();
  if (header.done || !isDeepStrictEqual(header.value, HEADER)) {
    throw new InputError(`${name} does not begin with the line "${HEADER.join(",")}".`);
  }
  const rows: PredictionRow[] = [];
  for (const fields of records) {
    if (rows.length === MAX_ROWS) throw new InputError(`${name} has more than ${MAX_ROWS} records.`);
    rows.push(toRow(fields, `${name}, record ${rows.length + 1}`));
  }
  return rows;
}

function toRow(fields: string[], where: string): PredictionRow {
  if (fields.length !== HEADER.length) {
    throw new InputError(`${where}: expected ${HEADER.length} fields, found ${fields.length}.`);
  }
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

/** RFC 4180 records of `text`, "\n" or "\r\n" between them; reads each character once. */
function* splitRecords(text: string, name: string): Generator<string[]> {
  // A field (quoted, or plain up to the next delimiter), then what ends it. The bound keeps the matcher's stack small.
  const field = /(?:"((?:[^"]|""){0,4096})"|([^",\r\n]*))(,|\r?\n|$)/y;
  let fields: string[] = [];
  let record = 1;
  while (field.lastIndex < text.length || fields.length > 0) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (match === null || (match[2]?.length ?? 0) > MAX_FIELD) {
      throw new InputError(`${name}, line ${record}: no field of at most ${MAX_FIELD} characters at character ${start + 1}.`);
    }
    fields.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : match[2]);
    if (fields.length > HEADER.length) throw new InputError(`${name}, line ${record}: more than ${HEADER.length} fields.`);
    if (match[3] === ",") continue;
    yield fields;
    fields = [];
    record++;
  }
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
