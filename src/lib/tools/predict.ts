// Scores of image files by the thousand, in one process or in shards.
import { createReadStream } from "node:fs";
import { InputError } from "../../core/errors.js";
import { type CallOptions, callerOf } from "../../run/caller.js";
import { findImageFiles } from "../../run/scoring/image-files.js";
import { imagesToScore } from "../../run/scoring/images-to-score.js";
import type { CheckpointOptions } from "../../run/scoring/open-checkpoint.js";
import { type PredictOptions, type PredictSummary, predictFiles } from "../../run/scoring/predict.js";
import { csvOutput, type PredictFormat, streamOutput } from "../../run/scoring/predict-output.js";
import { type Shard, writeShardFacts } from "../../run/scoring/shards.js";

export { evaluationText } from "../../report/evaluation-text.js";
export { refuseOverwriting } from "../../run/exports/export.js";
export { gatherScores } from "../../run/scoring/gather-scores.js";
export type { PredictSummary } from "../../run/scoring/predict.js";

export interface PredictRequest extends CallOptions, Pick<PredictOptions, "threads" | "threshold" | "dicomTags" | "portable"> {
  checkpoint: CheckpointOptions;
  /** Files, folders, .zip archives, patterns. */
  images: string[];
  /** A file with one path per line; "-": standard input. */
  list?: string | undefined;
  /** Only every n-th image. Needs a CSV file. */
  shard?: Shard | undefined;
  /** Where the scores go: a CSV file, or a stream in a format. */
  output: string | { stream: NodeJS.WriteStream; format: PredictFormat };
  /** Folder for pictures of what the model looks at. */
  mapFolder?: string | undefined;
}

/** Returns undefined where a shard has no image. Unreadable files are counted in the summary; a single one is refused. */
export async function predictTo(request: PredictRequest): Promise<PredictSummary | undefined> {
  const { images: named, list, shard, output } = request;
  const files = await findImageFiles(named, list === undefined ? undefined : openList(list));
  const images = await imagesToScore(files, shard);
  try {
    if (images.total === 0) throw new InputError(`${files.join(", ")} contains no JPEG, PNG or DICOM image.`);
    const { paths, names, total, listSha256 } = images;
    const summary = await score(request, paths, names, total === 1);
    if (shard && typeof output === "string") await writeShardFacts(output, shard, { images: total, listSha256 });
    return summary;
  } finally {
    await images.close();
  }
}

async function score(
  request: PredictRequest,
  files: string[],
  names: string[],
  alone: boolean,
): Promise<PredictSummary | undefined> {
  const { checkpoint, threads, threshold, mapFolder, dicomTags, portable, output } = request;
  const sink =
    typeof output === "string"
      ? await csvOutput(output, { maps: mapFolder !== undefined, dicomTags })
      : streamOutput(output.stream, output.format);
  const options = { checkpoint, files, names, alone, threads, threshold, mapFolder, dicomTags, portable };
  try {
    const summary = files.length > 0 ? await predictFiles(options, sink, callerOf(request)) : undefined;
    await sink.finish();
    return summary;
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

const openList = (list: string) =>
  list === "-" ? { name: "The list on stdin", bytes: process.stdin } : { name: list, bytes: createReadStream(list) };
