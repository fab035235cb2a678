// Scores of image files, outside any dataset: decoded ahead of the network, a few hundred at a time, however many there are.
import { availableParallelism } from "node:os";
import { InputError } from "../core/errors.js";
import { CLASSES, type PixelRows } from "../data/types.js";
import { logOddsOf } from "../eval/log-odds.js";
import { type Score, scoreOf } from "../eval/predictions.js";
import type { DecodedRow } from "../node/decode-rows.js";
import { decodeStream } from "../node/decode-stream.js";
import { evaluate } from "../train/evaluate.js";
import type { Network } from "../train/network.js";
import { type CheckpointOptions, openCheckpoint } from "./checkpoint.js";
import { createMapWriter, EXAMPLES, type MapWriter } from "./predict-maps.js";
import { imagesProgress } from "./progress.js";
import { IMAGE_SIZE } from "./recipe.js";
import type { Bar, Terminal } from "./terminal.js";

export interface Prediction extends Score {
  file: string;
  label: string;
  /** The picture of what the model looks at, where one was asked for. */
  map?: string;
}

/** What became of a file: its score, or why there is none. */
export type Outcome = Prediction | { file: string; error: string };

/** Takes outcomes in the order of the files. */
export interface OutcomeSink {
  write(outcome: Outcome): void;
  /** Resolves when more can be written without piling up. */
  ready(): Promise<void>;
}

export interface PredictOptions {
  checkpoint: CheckpointOptions;
  files: string[];
  threads: number;
  /** PNEUMONIA is said where p is above it; else the model's own. */
  threshold?: number | undefined;
  /** Folder for class-activation maps. */
  mapFolder?: string | undefined;
}

export interface PredictSummary {
  images: number;
  unreadable: number;
  /** Images by label. */
  counts: Record<string, number>;
  seconds: number;
}

/** With maps: so many images are scored, then explained, from pixels kept. */
const WINDOW = 64;

/** Files that cannot be read are among the outcomes, and warned of; a single one that cannot is refused. */
export async function predictFiles(options: PredictOptions, sink: OutcomeSink, terminal: Terminal): Promise<PredictSummary> {
  const { files, threads, mapFolder } = options;
  const opened = await openCheckpoint(options.checkpoint, threads, {
    images: mapFolder === undefined ? files.length : Math.min(WINDOW, files.length),
    explanationBatch: mapFolder === undefined ? 0 : Math.min(EXAMPLES, files.length),
  });
  const threshold = logOddsOf(options.threshold ?? opened.facts.threshold);
  const start = performance.now();
  const summary: PredictSummary = { images: files.length, unreadable: 0, counts: {}, seconds: 0 };
  const judge = (file: string, record: DecodedRow, logOdds: number): Outcome => {
    if (record.unreadable !== undefined) {
      // A system error begins with its code.
      const error = record.unreadable.split(record.transient ? ":" : "\n")[0];
      if (files.length === 1) throw new InputError(`${file} cannot be read (${error}): give a JPEG, PNG or DICOM image.`);
      terminal.warn(`Warning: ${file} cannot be read: ${error}`);
      summary.unreadable++;
      return { file, error };
    }
    if (!Number.isFinite(logOdds)) throw new InputError(`${file} gets no finite score: the model's weights are damaged.`);
    const label = CLASSES[logOdds > threshold ? 1 : 0];
    summary.counts[label] = (summary.counts[label] ?? 0) + 1;
    return { file, ...scoreOf(logOdds), label };
  };
  const bar = terminal.bar();
  const stream = await decodeStream(files, { size: IMAGE_SIZE, threads: Math.min(threads, availableParallelism()) });
  const scoring: Scoring = { network: opened.network, stream, files, judge, sink, bar, start };
  try {
    if (mapFolder === undefined) await scoreAll(scoring);
    else await scoreWithMaps(scoring, await createMapWriter(opened.network, mapFolder, files));
  } finally {
    bar.stop();
    await Promise.all([stream.close(), opened.network.pool.close()]);
  }
  return { ...summary, seconds: (performance.now() - start) / 1000 };
}

interface Scoring {
  network: Network;
  stream: Awaited<ReturnType<typeof decodeStream>>;
  files: string[];
  judge: (file: string, record: DecodedRow, logOdds: number) => Outcome;
  sink: OutcomeSink;
  bar: Bar;
  /** performance.now() */
  start: number;
}

const ROW_BYTES = IMAGE_SIZE * IMAGE_SIZE * 3;

/** Rows of the stream from `first` on, whose records are put into `records`. Where they came from says their length alone. */
function streamRows(
  { stream, files, sink, bar, start }: Scoring,
  first: number,
  count: number,
  records: DecodedRow[],
): PixelRows {
  return {
    images: Array.from({ length: count }),
    rowBytes: ROW_BYTES,
    async read(i, into) {
      bar.draw(imagesProgress("Scoring", first + i, files.length, start));
      await sink.ready();
      records[i] = await stream.read(first + i, into);
    },
  };
}

async function scoreAll(scoring: Scoring): Promise<void> {
  const { files, judge, sink, network } = scoring;
  const records: DecodedRow[] = [];
  await evaluate(network, streamRows(scoring, 0, files.length, records), (logOdds, first, end) => {
    for (let i = first; i < end; i++) {
      sink.write(judge(files[i], records[i], logOdds[i]));
      delete records[i];
    }
  });
}

async function scoreWithMaps(scoring: Scoring, maps: MapWriter): Promise<void> {
  const { files, judge, sink, network } = scoring;
  for (let first = 0; first < files.length; first += WINDOW) {
    const count = Math.min(WINDOW, files.length - first);
    const records: DecodedRow[] = [];
    const pixels: Uint8Array[] = [];
    const rows = streamRows(scoring, first, count, records);
    const kept = async (i: number, into: Uint8Array) => {
      await rows.read(i, into);
      pixels[i] = into.slice();
    };
    const logOdds = await evaluate(network, { ...rows, read: kept });
    const outcomes = records.map((record, i) => judge(files[first + i], record, logOdds[i]));
    const readable = [...outcomes.keys()].filter((i) => "label" in outcomes[i]);
    const paths = await maps.write({ ...rows, read: async (i, into) => into.set(pixels[i]) }, readable, first);
    readable.forEach((i, at) => Object.assign(outcomes[i], { map: paths[at] }));
    for (const outcome of outcomes) sink.write(outcome);
  }
}
