// Scores image files outside any dataset. A few hundred files at a time are decoded ahead of the network, so memory stays
// bounded.
import { InputError } from "../../core/errors.js";
import { isUnusual, type UnusualStatistics, unusualScore } from "../../core/unusual.js";
import { CLASSES, type ClassNames, type PixelRows } from "../../data/types.js";
import { decisions, REVIEW } from "../../eval/conformal.js";
import { logOddsOf, scoreOf } from "../../eval/log-odds.js";
import type { DicomTags } from "../../image/dicom/tags.js";
import { noted } from "../../image/notes.js";
import type { DecodedRow } from "../../node/decode-rows.js";
import { type DecodeStream, decodeStream } from "../../node/decode-stream.js";
import { type Decoder, decodingThreads } from "../../node/decoder.js";
import { fasterNode } from "../../node/variant.js";
import type { WriteError } from "../../node/write-errors.js";
import { terminalWords } from "../../report/text/terminal.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { evaluate, prepareEvaluation } from "../../train/evaluate.js";
import type { Network } from "../../train/network.js";
import type { Bar, Caller } from "../caller.js";
import { imagesProgress } from "../watch/progress.js";
import { allNotes, type CheckpointOptions, type OpenedModel, openCheckpoint, pathOf, tellNotes } from "./open-checkpoint.js";
import type { Outcome, OutcomeSink } from "./outcomes.js";
import type { MapTargets, MapWriter } from "./predict-maps.js";
import { type ScoringFacts, scoringFacts } from "./scoring-facts.js";

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
  /** Give no score to images that are unlike the training images. */
  refuseUnusual?: boolean | undefined;
  /** Decide for a class or for review, with this error rate per class. */
  errorRate?: number | undefined;
  /** Give the summary `scoring`. */
  identified?: boolean | undefined;
  /** Opened before, for `decodingThreads` threads. The call closes it. */
  decoder?: Decoder | undefined;
  /** Class activation maps of the files. */
  maps?: MapTargets | undefined;
}

export interface PredictSummary {
  images: number;
  unreadable: number;
  /** Images that are unlike the training images. */
  unusual: number;
  /** Number of images by label. */
  counts: Record<string, number>;
  /** Number of images by decision; with an error rate only. */
  decisions?: Record<string, number>;
  seconds: number;
  /** What the scores depend on besides the images. */
  scoring?: ScoringFacts | undefined;
  /** Why maps are missing. All scores are there. */
  mapFailure?: WriteError | undefined;
}

/** Number of images whose pixels are in memory at a time: they are scored and, for maps, explained. As many are read ahead. */
const WINDOW = 64;

/** Loaded for maps alone. */
const withMaps = () => import("./predict-maps.js");

/** With fewer images, most of the time is spent starting and decoding. */
const MANY = 100;

/** Unreadable files are part of the outcomes and reported as warnings. A single unreadable file is an error. */
export async function predictFiles(options: PredictOptions, sink: OutcomeSink, caller: Caller): Promise<PredictSummary> {
  const { files, threads, maps, portable, identified = false } = options;
  // The first images are decoded while the model is read.
  const stream = await streamOf(options);
  try {
    const opened = await openCheckpoint(options.checkpoint, threads, {
      images: Math.min(WINDOW, files.length),
      portable,
      identified,
      explanationBatch: maps === undefined ? 0 : Math.min((await withMaps()).EXAMPLES, files.length),
    });
    try {
      tellNotes(opened.notes, pathOf(options.checkpoint), caller);
      const chosen = portable || options.checkpoint.wasm !== undefined;
      const newer = files.length < MANY || chosen ? undefined : fasterNode("scoring");
      if (newer) caller.info(terminalWords(caller.language).newerNode("scoring", newer));
      const summary = await scoreStream(opened, stream, options, sink, caller);
      return identified ? { ...summary, scoring: scoringFacts(opened, options) } : summary;
    } finally {
      await opened.network.pool.close();
    }
  } finally {
    await stream.close();
  }
}

type ScoringOptions = Omit<PredictOptions, "checkpoint" | "portable" | "identified">;
type Opened = Pick<OpenedModel, "network" | "facts" | "notes">;

/** The same with a model that is open already, and stays open. */
export async function predictWith(
  opened: Opened,
  options: ScoringOptions,
  sink: OutcomeSink,
  caller: Caller,
): Promise<PredictSummary> {
  const stream = await streamOf(options);
  try {
    return await scoreStream(opened, stream, options, sink, caller);
  } finally {
    await stream.close();
  }
}

const streamOf = ({ files, threads, anyBodyPart, decoder }: ScoringOptions): Promise<DecodeStream> =>
  decodeStream(files, { size: IMAGE_SIZE, threads: decodingThreads(threads), anyBodyPart, decoder });

async function scoreStream(
  { network, facts, notes }: Opened,
  stream: DecodeStream,
  options: ScoringOptions,
  sink: OutcomeSink,
  caller: Caller,
): Promise<PredictSummary> {
  const { files, maps, refuseUnusual = false, errorRate, alone = files.length === 1 } = options;
  const start = performance.now();
  const summary: PredictSummary = { images: files.length, unreadable: 0, unusual: 0, counts: {}, seconds: 0 };
  const classes = facts.classes ?? CLASSES;
  const decide = errorRate === undefined ? undefined : decisions(facts.conformal, errorRate, classes);
  if (decide) summary.decisions = {};
  const judgeFile = createJudge(
    { threshold: logOddsOf(options.threshold ?? facts.threshold), classes, alone, refuseUnusual, decide },
    summary,
    caller,
  );
  const modelNotes = allNotes(notes);
  const judge: Judge = (...read) => ({ ...judgeFile(...read), ...(modelNotes.length > 0 && { modelNotes }) });
  const bar = caller.bar();
  const scoring: Scoring = {
    names: files,
    ...options,
    statistics: facts.unusual,
    network,
    stream,
    judge,
    sink,
    bar,
    start,
    signal: caller.signal,
  };
  try {
    const writer = maps && (await (await withMaps()).createMapWriter(network, maps, files, scoring.names));
    await scoreAll(scoring, writer);
    summary.mapFailure = writer?.failure();
  } finally {
    bar.stop();
  }
  return { ...summary, seconds: (performance.now() - start) / 1000 };
}

/** Facts about a file from reading it, besides its pixels. */
interface Read {
  record: DecodedRow;
  dicom?: DicomTags;
  /** See core/unusual.ts. */
  unusualScore?: number;
}

interface Judging {
  /** In log-odds. */
  threshold: number;
  classes: ClassNames;
  alone: boolean;
  refuseUnusual: boolean;
  decide: ((logOdds: number) => string) | undefined;
}

type Judge = (file: string, read: Read, logOdds: number) => Outcome;

/** Turns scores into outcomes, counts them in `summary`, and reports notes and warnings about files. */
function createJudge(
  { threshold, classes, alone, refuseUnusual, decide }: Judging,
  summary: PredictSummary,
  caller: Caller,
): Judge {
  return (file, { record: { unreadable, notes = [] }, dicom, unusualScore }, logOdds) => {
    if (unreadable !== undefined) {
      const error = unreadable.split("\n")[0];
      if (alone) throw new InputError(`${file} cannot be read: ${error}. Give a JPEG, PNG or DICOM image.`);
      caller.warn(`Warning: ${file} cannot be read: ${error}`);
      summary.unreadable++;
      return { file, error };
    }
    const unusual = unusualScore !== undefined && isUnusual(unusualScore);
    if (unusual) {
      summary.unusual++;
      const found = `is unlike the training images (${unusualScore.toFixed(1)} times the limit)`;
      if (refuseUnusual && alone) throw new InputError(`${file} ${found}: give an X-ray like them, or remove --refuse-unusual.`);
      caller.warn(`Warning: ${file} ${found}: ${refuseUnusual ? "it gets no score" : "its score may mean nothing"}.`);
      if (refuseUnusual) return { file, error: found };
    }
    for (const note of notes) caller.info(`Note: ${file}: ${note}.`);
    if (!Number.isFinite(logOdds)) throw new InputError(`${file} has no finite score: the model's weights are damaged.`);
    const label = classes[logOdds > threshold ? 1 : 0];
    const decision = unusual && decide ? REVIEW : decide?.(logOdds);
    increment(summary.counts, label);
    if (decision !== undefined) increment(summary.decisions!, decision);
    const score = scoreOf(logOdds);
    return {
      ...{ file, ...score, label, probability: score.pPneumonia, logOdds },
      ...(unusualScore !== undefined && { unusual, unusualScore }),
      ...(decision !== undefined && { decision }),
      ...noted(notes),
      ...(dicom && { dicom }),
    };
  };
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

interface Scoring extends Required<Pick<PredictOptions, "files" | "names" | "dicomTags">> {
  network: Network;
  statistics: UnusualStatistics | undefined;
  stream: DecodeStream;
  judge: Judge;
  sink: OutcomeSink;
  bar: Bar;
  /** performance.now() */
  start: number;
  signal: AbortSignal | undefined;
}

const ROW_BYTES = IMAGE_SIZE * IMAGE_SIZE * 3;

/** Images that were read, starting at file number `first`. Only readable ones have pixels. */
interface Window {
  first: number;
  found: (Read & { pixels?: Uint8Array })[];
}

async function readWindow({ stream, statistics, files, dicomTags, sink, bar, start }: Scoring, first: number): Promise<Window> {
  const tags = dicomTags ? await import("../../node/dicom-tags.js") : undefined;
  const found: Window["found"] = [];
  for (let i = first; i < Math.min(first + WINDOW, files.length); i++) {
    bar.draw(imagesProgress(terminalWords(), "Scoring", i, files.length, start));
    await sink.ready();
    const pixels = new Uint8Array(ROW_BYTES);
    const record = await stream.read(i, pixels);
    if (record.unreadable !== undefined) found.push({ record });
    else {
      const unusual = statistics && { unusualScore: unusualScore(pixels, IMAGE_SIZE, statistics) };
      found.push({ record, pixels, ...unusual, ...(tags && { dicom: await tags.readFileTags(files[i]) }) });
    }
  }
  return { first, found };
}

/** Reads the next images while the network scores the previous ones. Unreadable images do not pass through the network. */
async function scoreAll(scoring: Scoring, maps?: MapWriter): Promise<void> {
  const { files, network } = scoring;
  if (!maps) await prepareEvaluation(network);
  let next = readWindow(scoring, 0);
  for (let first = 0; first < files.length; first += WINDOW) {
    const window = await next;
    next = readWindow(scoring, first + WINDOW);
    // The error is thrown when the window is used.
    next.catch(() => {});
    await scoreWindow(scoring, window, maps);
  }
}

async function scoreWindow({ names, judge, sink, network, signal }: Scoring, window: Window, maps?: MapWriter): Promise<void> {
  signal?.throwIfAborted();
  const { first, found } = window;
  const readable = [...found.keys()].filter((i) => found[i].pixels);
  /** Row i is the image number `order[i]` of the window. Only the length of `images` is set. */
  const rows = (order: number[]): PixelRows => ({
    images: Array.from({ length: order.length }),
    rowBytes: ROW_BYTES,
    read: async (i, into) => into.set(found[order[i]].pixels!),
  });
  const scored = readable.length > 0 ? await evaluate(network, rows(readable), { signal, prepared: !maps }) : [];
  const logOdds = new Map(readable.map((image, i) => [image, scored[i]]));
  const outcomes = found.map((read, i) => judge(names[first + i], read, logOdds.get(i) ?? NaN));
  const paths = (await maps?.write(rows([...found.keys()]), readable, first)) ?? [];
  readable.forEach((image, i) => paths[i] !== undefined && Object.assign(outcomes[image], { map: paths[i] }));
  for (const outcome of outcomes) sink.write(outcome);
}
