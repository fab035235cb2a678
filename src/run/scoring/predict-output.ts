// How `predict` tells its outcomes: lines to read, one JSON array, JSON lines, or a CSV file that appears whole.
import { once } from "node:events";
import { stringify } from "csv-stringify/sync";
import { printable } from "../../core/printable.js";
import { DICOM_TAGS } from "../../image/dicom/tags.js";
import { createFileAtomic } from "../../node/files.js";
import type { Outcome, OutcomeSink, Prediction } from "./outcomes.js";

export type PredictFormat = "text" | "json" | "jsonl";

export interface PredictOutput extends OutcomeSink {
  /** All is written: what appears only then appears. */
  finish(): Promise<void>;
  /** After `finish`, nothing. */
  discard(): Promise<void>;
}

/** To stdout: an outcome is seen when it is known. A JSON array that is not finished ends in the middle. */
export function streamOutput(stream: NodeJS.WritableStream, format: PredictFormat): PredictOutput {
  let count = 0;
  let full = false;
  const put = (text: string) => (full = !stream.write(text));
  const lines = {
    text: asLine,
    json: (outcome: Outcome) => `${count++ === 0 ? "[" : ",\n"}${JSON.stringify(outcome)}`,
    jsonl: (outcome: Outcome) => `${JSON.stringify(outcome)}\n`,
  };
  return {
    write: (outcome) => void put(lines[format](outcome)),
    async ready() {
      if (full) await once(stream, "drain");
      full = false;
    },
    async finish() {
      if (format === "json") put("]\n");
    },
    async discard() {},
  };
}

/** "0.9731  PNEUMONIA  file"; of those that cannot be read the warnings tell. */
const asLine = (outcome: Outcome): string =>
  "error" in outcome ? "" : `${outcome.pPneumonia.toFixed(4)}  ${outcome.label.padEnd(9)}  ${printable(outcome.file)}\n`;

/** Characters that wait to be written together. */
const BUFFER = 64 * 1024;

/** Columns file, label, p_pneumonia, logit, map where there are maps, DICOM's keywords where they are asked for, error. */
export async function csvOutput(
  path: string,
  { maps, dicomTags }: { maps: boolean; dicomTags: boolean },
): Promise<PredictOutput> {
  const file = await createFileAtomic(path);
  const columns = ["file", "label", "p_pneumonia", "logit", ...(maps ? ["map"] : []), ...(dicomTags ? DICOM_TAGS : []), "error"];
  let waiting = stringify([columns]);
  const flush = async () => {
    const text = waiting;
    waiting = "";
    await file.write(text);
  };
  // One write at a time: their order is the file's.
  let last = Promise.resolve();
  const ordered = (least: number) => {
    last = last.then(() => (waiting.length >= least ? flush() : undefined));
    return last;
  };
  return {
    write(outcome) {
      const { file, error } = { error: "", ...outcome };
      const score = "error" in outcome ? ["", "", ""] : [outcome.label, String(outcome.pPneumonia), String(outcome.logit)];
      const { map = "", dicom = {} }: Partial<Prediction> = outcome;
      const tags = DICOM_TAGS.map((name) => dicom[name] ?? "");
      waiting += stringify([[file, ...score, ...(maps ? [map] : []), ...(dicomTags ? tags : []), error]]);
    },
    ready: () => ordered(BUFFER),
    async finish() {
      await ordered(1);
      await file.finish();
    },
    discard: () => file.discard(),
  };
}
