// Scores image files outside any dataset. A few hundred files at a time are decoded ahead of the network, so memory stays
// bounded.
import { availableParallelism } from "node:os";
import { InputError } from "../../core/errors.js";
import { CLASSES, type ClassNames, type PixelRows } from "../../data/types.js";
import { logOddsOf } from "../../eval/log-odds.js";
import { scoreOf } from "../../eval/predictions.js";
import type { DicomTags } from "../../image/dicom/tags.js";
import { noted } from "../../image/notes.js";
import type { DecodedRow } from "../../node/decode-rows.js";
import { type DecodeStream, decodeStream } from "../../node/decode-stream.js";
import { readFileTags } from "../../node/dicom-tags.js";
import type { WriteError } from "../../node/write-errors.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { evaluate } from "../../train/evaluate.js";
import type { Network } from "../../train/network.js";
import type { Bar, Caller } from "../caller.js";
import { imagesProgress } from "../watch/progress.js";
import { allNotes, type CheckpointOptions, type OpenedModel, openCheckpoint, tellNotes } from "./open-checkpoint.js";
import type { Outcome, OutcomeSink } from "./outcomes.js";
import { createMapWriter, EXAMPLES, type MapTargets, type MapWriter } from "./predict-maps.js";

export interface PredictOptions {
  checkpoint: CheckpointOptions;
  files: string[];
  /** Names of the files in the output; default: their paths. */
  names?: string[];
  /** True if the user asked for a single image: an unreadable one is then an error. */
  alone?: boolean;
  threads: number;
  /** Decision threshold on p; default: the model's. */
  threshold?: number | undefined;
  dicomTags: boolean;
  /** Same bits as the standalone inference core. */
  portable: boolean;
  /** Score images whose file states another body part than the chest. */
  anyBodyPart?: boolean | undefined;
  /** Class activation maps of the files. */
  maps?: MapTargets | undefined;
}

export interface PredictSummary {
  images: number;
  unreadable: number;
  /** Number of images by label. */
  counts: Record<string, number>;
  seconds: number;
  /** Why maps are missing. All scores are there. */
  mapFailure?: WriteError | undefined;
}

/** With maps: number of images that are scored and then explained, with their pixels kept in memory. */
const WINDOW = 64;

/** Unreadable files are part of the outcomes and reported as warnings. A single unreadable file is an error. */
export async function predictFiles(options: PredictOptions, sink: OutcomeSink, caller: Caller): Promise<PredictSummary> {
  const { files, threads, maps, portable } = options;
  const opened = await openCheckpoint(options.checkpoint, threads, {
    images: maps === undefined ? files.length : Math.min(WINDOW, files.length),
    portable,
    explanationBatch: maps === undefined ? 0 : Math.min(EXAMPLES, files.length),
  });
  tellNotes(opened.notes, options.checkpoint.checkpoint, caller);
  return predictWith(opened, options, sink, caller).finally(() => opened.network.pool.close());
}

/** The same with a model that is open already, and stays open. */
export async function predictWith(
  { network, facts, notes }: OpenedModel,
  options: Omit<PredictOptions, "checkpoint" | "portable">,
  sink: OutcomeSink,
  caller: Caller,
): Promise<PredictSummary> {
  const { files, threads, maps, anyBodyPart, alone = files.length === 1 } = options;
  const start = performance.now();
  const summary: PredictSummary = { images: files.length, unreadable: 0, counts: {}, seconds: 0 };
  const judgeFile = createJudge(
    logOddsOf(options.threshold ?? facts.threshold),
    facts.classes ?? CLASSES,
    summary,
    alone,
    caller,
  );
  const modelNotes = allNotes(notes);
  const judge: Judge = (...read) => ({ ...judgeFile(...read), ...(modelNotes.length > 0 && { modelNotes }) });
  const bar = caller.bar();
  const stream = await decodeStream(files, {
    ...{ size: IMAGE_SIZE, threads: Math.min(threads, availableParallelism()), anyBodyPart },
  });
  const scoring: Scoring = { names: files, ...options, network, stream, judge, sink, bar, start, signal: caller.signal };
  try {
    if (maps === undefined) await scoreAll(scoring);
    else summary.mapFailure = await scoreWithMaps(scoring, await createMapWriter(network, maps, files, scoring.names));
  } finally {
    bar.stop();
    await stream.close();
  }
  return { ...summary, seconds: (performance.now() - start) / 1000 };
}

/** Facts about a file from reading it, besides its pixels. */
interface Read {
  record: DecodedRow;
  dicom?: DicomTags;
}

type Judge = (file: string, read: Read, logOdds: number) => Outcome;

/** Turns scores into outcomes, counts them in `summary`, and reports notes and warnings about files. */
function createJudge(threshold: number, classes: ClassNames, summary: PredictSummary, alone: boolean, caller: Caller): Judge {
  return (file, { record: { unreadable, transient, notes = [] }, dicom }, logOdds) => {
    if (unreadable !== undefined) {
      // The message of a system error starts with its code.
      const error = unreadable.split(transient ? ":" : "\n")[0];
      if (alone) throw new InputError(`${file} cannot be read (${error}): give a JPEG, PNG or DICOM image.`);
      caller.warn(`Warning: ${file} cannot be read: ${error}`);
      summary.unreadable++;
      return { file, error };
    }
    for (const note of notes) caller.info(`Note: ${file}: ${note}.`);
    if (!Number.isFinite(logOdds)) throw new InputError(`${file} has no finite score: the model's weights are damaged.`);
    const label = classes[logOdds > threshold ? 1 : 0];
    summary.counts[label] = (summary.counts[label] ?? 0) + 1;
    const score = scoreOf(logOdds);
    return { file, ...score, label, probability: score.pPneumonia, logOdds, ...noted(notes), ...(dicom && { dicom }) };
  };
}

interface Scoring extends Required<Pick<PredictOptions, "files" | "names" | "dicomTags">> {
  network: Network;
  stream: DecodeStream;
  judge: Judge;
  sink: OutcomeSink;
  bar: Bar;
  /** performance.now() */
  start: number;
  signal: AbortSignal | undefined;
}

const ROW_BYTES = IMAGE_SIZE * IMAGE_SIZE * 3;

/**
 * `count` rows of the stream, starting at `first`. Other facts about each file are stored in `found`. Only the length of `images`
 * is set.
 */
function streamRows(scoring: Scoring, first: number, count: number, found: Read[]): PixelRows {
  const { stream, files, dicomTags, sink, bar, start } = scoring;
  return {
    images: Array.from({ length: count }),
    rowBytes: ROW_BYTES,
    async read(i, into) {
      bar.draw(imagesProgress("Scoring", first + i, files.length, start));
      await sink.ready();
      const record = await stream.read(first + i, into);
      found[i] = { record, ...(dicomTags && { dicom: await readFileTags(files[first + i]) }) };
    },
  };
}

async function scoreAll(scoring: Scoring): Promise<void> {
  const { files, names, judge, sink, network } = scoring;
  const found: Read[] = [];
  await evaluate(network, streamRows(scoring, 0, files.length, found), {
    signal: scoring.signal,
    onScores(logOdds, first, end) {
      for (let i = first; i < end; i++) {
        sink.write(judge(names[i], found[i], logOdds[i]));
        delete found[i];
      }
    },
  });
}

async function scoreWithMaps(scoring: Scoring, maps: MapWriter): Promise<WriteError | undefined> {
  const { files, names, judge, sink, network } = scoring;
  for (let first = 0; first < files.length; first += WINDOW) {
    const count = Math.min(WINDOW, files.length - first);
    const found: Read[] = [];
    const pixels: Uint8Array[] = [];
    const rows = streamRows(scoring, first, count, found);
    const kept = async (i: number, into: Uint8Array) => {
      await rows.read(i, into);
      pixels[i] = into.slice();
    };
    const logOdds = await evaluate(network, { ...rows, read: kept }, { signal: scoring.signal });
    const outcomes = found.map((read, i) => judge(names[first + i], read, logOdds[i]));
    const readable = [...outcomes.keys()].filter((i) => "label" in outcomes[i]);
    const paths = await maps.write({ ...rows, read: async (i, into) => into.set(pixels[i]) }, readable, first);
    readable.forEach((i, at) => paths[at] !== undefined && Object.assign(outcomes[i], { map: paths[at] }));
    for (const outcome of outcomes) sink.write(outcome);
  }
  return maps.failure();
}
