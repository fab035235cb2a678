// Scores many image files, in one process or in shards.
import { InputError } from "../../core/errors.js";
import { contentNotes } from "../../data/images-among.js";
import { leftOut, noImages } from "../../data/left-out.js";
import { readStream } from "../../node/files.js";
import { WriteError } from "../../node/write-errors.js";
import { type CallOptions, callerOf } from "../../run/caller.js";
import { checkOutputFile, checkOutputFolder, isWithin } from "../../run/outputs.js";
import { findImageFiles } from "../../run/scoring/image-files.js";
import { type ImagesToScore, imagesToScore } from "../../run/scoring/images-to-score.js";
import { type CheckpointOptions, pathOf } from "../../run/scoring/open-checkpoint.js";
import { type PredictOptions, type PredictSummary, predictFiles } from "../../run/scoring/predict.js";
import type { MapTargets } from "../../run/scoring/predict-maps.js";
import {
  CSV_BEGINNING,
  csvOutput,
  type PredictFormat,
  type PredictOutput,
  streamOutput,
} from "../../run/scoring/predict-output.js";
import type { Shard } from "../../run/scoring/shards.js";

export type { PredictSummary } from "../../run/scoring/predict.js";

export interface PredictRequest
  extends CallOptions,
    Pick<
      PredictOptions,
      "threads" | "threshold" | "dicomTags" | "portable" | "anyBodyPart" | "refuseUnusual" | "errorRate" | "decoder"
    > {
  checkpoint: CheckpointOptions;
  /** Files, folders, .zip archives, patterns. */
  images: string[];
  /** A file with one path per line; "-": standard input. */
  list?: string | undefined;
  /** Only every n-th image. Needs a CSV file. */
  shard?: Shard | undefined;
  /** Destination of the scores: a CSV file, or a stream with a format. */
  output: string | { stream: NodeJS.WriteStream; format: PredictFormat };
  /** Receives the rows that a full disk does not take. */
  spill?: NodeJS.WriteStream | undefined;
  /** Folder for class activation maps. */
  mapFolder?: string | undefined;
}

// Loaded by those who ask for them: a single image is scored sooner.
const withMaps = () => import("../../run/scoring/predict-maps.js");
const withShards = () => import("../../run/scoring/shards.js");

/** Returns undefined if a shard has no images. The summary counts unreadable files; a single unreadable file is an error. */
export async function predictTo(request: PredictRequest): Promise<PredictSummary | undefined> {
  const { images: named, list, shard, output } = request;
  const { info } = callerOf(request);
  const files = await findImageFiles(named, list === undefined ? undefined : openList(list), info);
  const images = await imagesToScore(files, shard);
  try {
    const { all, listSha256, statsSha256 } = images;
    if (all.length === 0) throw noImages(files.join(", "), images.leftOut);
    for (const sentence of [...contentNotes(images.formats), ...leftOut(images.leftOut)]) info(`Note: ${sentence}`);
    const maps = await mapTargets(request, images);
    await checkTargets(request, images, maps, files);
    const { summary, sha256 } = await score(request, images, maps);
    if (shard && typeof output === "string" && sha256 !== undefined && statsSha256 !== undefined) {
      const scoring = summary?.scoring ?? null;
      const { writeShardFacts } = await withShards();
      await writeShardFacts(output, shard, { images: all.length, listSha256, statsSha256, scoring, sha256 });
    }
    return summary;
  } finally {
    await images.close();
  }
}

/** All shards may write into one folder: the names take every image into account. */
async function mapTargets({ mapFolder: folder, shard }: PredictRequest, { all }: ImagesToScore): Promise<MapTargets | undefined> {
  if (folder === undefined) return undefined;
  const { mapNames } = await withMaps();
  const { index, of } = shard ?? { index: 0, of: 1 };
  return { folder, names: mapNames(all).filter((_, i) => i % of === index) };
}

/** Refuses outputs that cannot be written, or that would replace an input, a file of the user, or each other. */
async function checkTargets(
  { output, shard, list, checkpoint }: PredictRequest,
  { paths, names }: ImagesToScore,
  maps: MapTargets | undefined,
  files: string[],
): Promise<void> {
  if (typeof output === "string") {
    const inputs = [pathOf(checkpoint), ...(list === undefined || list === "-" ? [] : [list]), ...files, ...paths];
    await checkOutputFile({ option: "--csv", path: output, replaces: CSV_BEGINNING }, inputs);
    if (shard) {
      const { factsPath } = await withShards();
      await checkOutputFile({ option: "--csv", path: factsPath(output), replaces: /^\{\s*"schema"/ }, inputs);
    }
    if (maps && isWithin(output, maps.folder)) throw new InputError("--csv and --map name the same path: give two.");
  }
  if (!maps) return;
  await checkOutputFolder("--map", maps.folder);
  await (await withMaps()).checkMapTargets(maps, names);
}

/** `sha256`: of the CSV file. */
async function score(
  request: PredictRequest,
  { paths: files, names, all, checkUnchanged }: ImagesToScore,
  maps: MapTargets | undefined,
): Promise<{ summary: PredictSummary | undefined; sha256: string | undefined }> {
  const { checkpoint, threads, threshold, dicomTags, portable, anyBodyPart, refuseUnusual, errorRate, decoder } = request;
  const { output, spill, shard } = request;
  const columns = { maps: maps !== undefined, dicomTags, decision: errorRate !== undefined };
  const csv = typeof output === "string" ? await csvOutput(output, columns, spill) : undefined;
  const sink = typeof output === "string" ? csv! : streamOutput(output.stream, output.format);
  const options = {
    checkpoint,
    files,
    names,
    alone: all.length === 1,
    identified: shard !== undefined,
    threads,
    threshold,
    maps,
    dicomTags,
    portable,
    anyBodyPart,
    refuseUnusual,
    errorRate,
    decoder,
  };
  let summary: PredictSummary | undefined;
  try {
    summary = files.length > 0 ? await predictFiles(options, sink, callerOf(request)) : undefined;
    await checkUnchanged();
    await sink.finish();
  } catch (error) {
    throw await abandoned(sink, error);
  }
  if (summary?.mapFailure) throw new Error(`${summary.mapFailure.message} Maps are missing, all scores are there.`);
  return { summary, sha256: csv?.sha256() };
}

/** Removes unfinished output; after a failed write, for example of temporary files, the scores are kept. */
async function abandoned(sink: PredictOutput, error: unknown): Promise<unknown> {
  const partial = error instanceof WriteError ? await sink.keep().catch(() => undefined) : undefined;
  await sink.discard();
  return partial === undefined ? error : new Error(`${(error as Error).message} The scores so far are in ${partial}.`);
}

const openList = (list: string) =>
  list === "-" ? { name: "The list on stdin", bytes: process.stdin } : { name: list, bytes: readStream(list) };
