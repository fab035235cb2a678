import { createReadStream } from "node:fs";
import { InputError } from "../core/errors.js";
import { findImageFiles, type PathList } from "../run/scoring/image-files.js";
import { type ImagesToScore, imagesToScore } from "../run/scoring/images-to-score.js";
import type { CheckpointOptions } from "../run/scoring/open-checkpoint.js";
import { type PredictSummary, predictFiles } from "../run/scoring/predict.js";
import { csvOutput, streamOutput } from "../run/scoring/predict-output.js";
import { type Shard, writeShardFacts } from "../run/scoring/shards.js";
import { createTerminal } from "../run/terminal.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface PredictArguments extends CheckpointArguments {
  image: string[];
  list: string | undefined;
  threshold: number | undefined;
  map: string | undefined;
  "dicom-tags": boolean;
  csv: string | undefined;
  shard: Shard | undefined;
  threads: number;
  quiet: boolean;
  portable: boolean;
  json: boolean;
  jsonl: boolean;
}

/** `predict`: probability of pneumonia for each image file. */
export async function predict(typed: PredictArguments): Promise<void> {
  checkOutput(typed);
  const { image, list, shard, csv } = typed;
  const checkpoint = checkpointOf(typed);
  if (image.length === 0 && list === undefined) throw new InputError("No image is named: give files, folders or --list.");
  const files = await findImageFiles(image, list === undefined ? undefined : openList(list));
  const images = await imagesToScore(files, shard);
  try {
    if (images.total === 0) throw new InputError(`${files.join(", ")} holds no JPEG, PNG or DICOM image.`);
    const unreadable = await score(images, checkpoint, typed);
    if (shard) await writeShardFacts(csv!, shard, { images: images.total, listSha256: images.listSha256 });
    if (unreadable > 0)
      throw new InputError(`${unreadable} of ${images.paths.length} images cannot be read: they are named above.`);
  } finally {
    await images.close();
  }
}

function checkOutput({ json, jsonl, csv, shard, "dicom-tags": dicomTags }: PredictArguments): void {
  if (Number(json) + Number(jsonl) + Number(csv !== undefined) > 1) {
    throw new InputError("--json, --jsonl and --csv are three ways to write the same: give one of them.");
  }
  if (dicomTags && !json && !jsonl && csv === undefined) {
    throw new InputError("--dicom-tags has no place among the lines on the screen: add --json, --jsonl or --csv.");
  }
  if (shard && csv === undefined) throw new InputError("--shard is for files that gather merges: add --csv.");
}

/** Returns how many images cannot be read. */
async function score(
  { paths: files, names, total }: ImagesToScore,
  checkpoint: CheckpointOptions,
  typed: PredictArguments,
): Promise<number> {
  const { threads, threshold, map: mapFolder, "dicom-tags": dicomTags, csv, quiet, portable, json, jsonl } = typed;
  const format = json ? "json" : jsonl ? "jsonl" : "text";
  const output =
    csv === undefined ? streamOutput(process.stdout, format) : await csvOutput(csv, { maps: mapFolder !== undefined, dicomTags });
  // A bar among lines that are read on the same screen would be in their way.
  const terminal = createTerminal(quiet);
  const lines = csv === undefined && process.stdout.isTTY;
  const shown = lines ? { ...terminal, bar: createTerminal(true).bar } : terminal;
  const options = { checkpoint, files, names, alone: total === 1, threads, threshold, mapFolder, dicomTags, portable };
  try {
    // A shard may have none.
    const summary = files.length > 0 ? await predictFiles(options, output, shown) : undefined;
    await output.finish();
    const written = csv ?? mapFolder;
    if (written !== undefined) terminal.say(`${summary ? describe(summary) : "0 images"}: ${written}`);
    return summary?.unreadable ?? 0;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

const openList = (path: string): PathList =>
  path === "-" ? { name: "The list on stdin", bytes: process.stdin } : { name: path, bytes: createReadStream(path) };

function describe({ images, seconds, counts }: PredictSummary): string {
  const labels = Object.entries(counts).map(([label, count]) => `${count} ${label}`);
  return `${images} images in ${seconds.toFixed(1)} s (${(images / seconds).toFixed(1)} images/s), ${labels.join(", ")}`;
}
