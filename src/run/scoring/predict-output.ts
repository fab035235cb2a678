// Output formats of `predict`: text lines, one JSON array, JSON lines, or a CSV file written atomically.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { printable } from "../../core/printable.js";
import { csvText } from "../../data/csv-text.js";
import { DICOM_TAGS } from "../../image/dicom/tags.js";
import { createFileAtomic } from "../../node/files.js";
import { WriteError } from "../../node/write-errors.js";
import type { Outcome, OutcomeSink, Prediction } from "./outcomes.js";

export type PredictFormat = "text" | "json" | "jsonl";

export interface PredictOutput extends OutcomeSink {
  /** Called when all results are written. Only now a CSV file appears under its name. */
  finish(): Promise<void>;
  /** Removes unfinished output. No effect after `finish`. */
  discard(): Promise<void>;
  /** For a full disk elsewhere: keeps what has been written under a name that says that it is partial, and returns the name. */
  keep(): Promise<string | undefined>;
}

export interface CsvOutput extends PredictOutput {
  /** Of what was written: another process may replace the file at any time. Call it after `finish`. */
  sha256(): string;
}

/** Writes each outcome to stdout immediately. If `predict` fails, a JSON array remains incomplete. */
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
    async keep() {
      return undefined;
    },
  };
}

/** "0.9731  PNEUMONIA  file", with an error rate "0.9731  PNEUMONIA  REVIEW     file". Unreadable files are reported as warnings instead. */
const asLine = (outcome: Outcome): string =>
  "error" in outcome
    ? ""
    : [outcome.pPneumonia.toFixed(4), outcome.label.padEnd(9), ...decisionIn(outcome), `${printable(outcome.file)}\n`].join("  ");

const decisionIn = ({ decision }: Prediction): string[] => (decision === undefined ? [] : [decision.padEnd(9)]);

const UNUSUAL = ["unusual", "unusual_score"];

/** Characters buffered before a write. */
const BUFFER = 64 * 1024;

/** The beginning of the files that `csvOutput` writes, and may replace. */
export const CSV_BEGINNING = /^file,label,p_pneumonia,logit,(?:[\w,]*,)?error(?:,unusual,unusual_score)?(?:,decision)?\r?\n/;

/**
 * Columns: file, label, p_pneumonia, logit, map (with maps), DICOM keywords (if requested), error, unusual (1 or 0), unusual_score, decision (with an error
 * rate). `unusual` and `unusual_score` are empty if the model has no statistics of its training images. If the file cannot be written
 * to its end, the rows that fit are kept as <path>.partial, `spill` receives the others, and `finish` throws.
 */
export async function csvOutput(
  path: string,
  { maps, dicomTags, decision = false }: { maps: boolean; dicomTags: boolean; decision?: boolean },
  spill?: Pick<NodeJS.WritableStream, "write">,
): Promise<CsvOutput> {
  const file = await createFileAtomic(path);
  const hash = createHash("sha256");
  const columns = [
    "file",
    "label",
    "p_pneumonia",
    "logit",
    ...(maps ? ["map"] : []),
    ...(dicomTags ? DICOM_TAGS : []),
    "error",
    ...UNUSUAL,
    ...(decision ? ["decision"] : []),
  ];
  let waiting = csvText([columns]);
  let failure: WriteError | undefined;
  const flush = async () => {
    const text = waiting;
    waiting = "";
    hash.update(text);
    try {
      if (!failure) return await file.write(text);
    } catch (error) {
      if (!(error instanceof WriteError) || !spill) throw error;
      const partial = await file.keep();
      const where = partial
        ? `The first rows are in ${partial}, the others were printed`
        : "The rows that did not fit were printed";
      failure = new WriteError(path, error.cause as Error, `${where} to standard output.`);
    }
    spill?.write(text);
  };
  // One write at a time keeps the order of the rows.
  let last = Promise.resolve();
  const ordered = (least: number) => {
    last = last.then(() => (waiting.length >= least ? flush() : undefined));
    return last;
  };
  return {
    write(outcome) {
      const { file, error } = { error: "", ...outcome };
      const score = "error" in outcome ? ["", "", ""] : [outcome.label, outcome.pPneumonia, outcome.logit];
      const { map = "", dicom = {}, unusual, unusualScore, decision: decided = "" }: Partial<Prediction> = outcome;
      const found = unusual === undefined ? ["", ""] : [Number(unusual), unusualScore!];
      const tags = DICOM_TAGS.map((name) => dicom[name] ?? "");
      const last = [error, ...found, ...(decision ? [decided] : [])];
      waiting += csvText([[file, ...score, ...(maps ? [map] : []), ...(dicomTags ? tags : []), ...last]]);
    },
    ready: () => ordered(BUFFER),
    async finish() {
      await ordered(1);
      if (failure) throw failure;
      await file.finish().catch(async (error) => {
        const partial = await file.keep();
        throw partial ? new WriteError(path, error.cause, `The rows are in ${partial}.`) : error;
      });
    },
    discard: () => file.discard(),
    sha256: () => hash.copy().digest("hex"),
    async keep() {
      await ordered(1);
      return failure ? undefined : file.keep();
    },
  };
}
