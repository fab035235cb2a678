import { InputError } from "../core/errors.js";
import type { ImagesToScore } from "../run/scoring/images-to-score.js";
import type { CheckpointOptions } from "../run/scoring/open-checkpoint.js";
import type { PredictSummary } from "../run/scoring/predict.js";
import { flag, part, path, share } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { CHECKPOINT, NOT_CLINICAL, PREPROCESSING } from "./common.js";
import { type Cli, callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, option } from "./rows.js";

const MOST_SHARDS = 100_000;

const OPTIONS = {
  ...CHECKPOINT,
  ...PREPROCESSING,
  list: option(path("-"), "File with further image paths, one per line; - reads stdin"),
  threshold: option(
    share,
    "Decision threshold: label PNEUMONIA above this probability (default: stored in the model, usually 0.5)",
  ),
  csv: option(path(), "Write the results to this CSV file: file,label,p_pneumonia,logit,error"),
  shard: option(
    part(1, MOST_SHARDS, `give one shard of several, as 3/100; at most ${MOST_SHARDS}`),
    "With --csv: score only this part of the images, as 3/100; gather merges the files",
  ),
  map: option(path(), "Folder for class activation maps, one picture per image"),
  dicomTags: option(flag, "Include patient and image attributes of DICOM files (default: none)"),
  portable: option(flag, "Give the same bits as pulmo-infer.wasm in any runtime: plain SIMD, one image at a time"),
  ...pick(SETTINGS, "threads", "quiet"),
  json: option(flag, "Print one JSON array to stdout and nothing else"),
  jsonl: option(flag, "Print one JSON object per line to stdout and nothing else"),
};
type PredictArguments = Arguments<typeof OPTIONS>;

/** Probability of pneumonia for each image file. */
export const predict = defineCommand({
  command: "predict [image..]",
  describe: "Print the probability of pneumonia for each image",
  positionals: {
    image: { describe: 'JPEG, PNG or DICOM files, folders, .zip archives, or patterns such as "ward/**/*.dcm"', many: true },
  },
  options: OPTIONS,
  examples: [
    "predict --checkpoint runs/first/dnn a.jpeg b.png",
    "predict --checkpoint runs/first/resnet18 ward --csv ward.csv --map maps",
    'find . -name "*.dcm" | $0 predict --checkpoint model.pth --jsonl --list -',
  ],
  notes: ["Unreadable files are reported and skipped; the exit code is then 2.", NOT_CLINICAL],
  async run(given, cli, { image = [] }) {
    checkOutput(given);
    const { list, shard, csv } = given;
    const { checkpointOf } = await import("./preprocessing.js");
    const checkpoint = checkpointOf(given, cli);
    if (image.length === 0 && list === undefined)
      throw new InputError("No image is given: name files or folders, or use --list.");
    const { findImageFiles } = await import("../run/scoring/image-files.js");
    const { imagesToScore } = await import("../run/scoring/images-to-score.js");
    const { writeShardFacts } = await import("../run/scoring/shards.js");
    const files = await findImageFiles(image, list === undefined ? undefined : await openList(list));
    const images = await imagesToScore(files, shard);
    try {
      if (images.total === 0) throw new InputError(`${files.join(", ")} holds no JPEG, PNG or DICOM image.`);
      const unreadable = await score(images, checkpoint, given, cli);
      if (shard) await writeShardFacts(csv!, shard, { images: images.total, listSha256: images.listSha256 });
      if (unreadable > 0)
        throw new InputError(`${unreadable} of ${images.paths.length} images cannot be read: they are listed above.`);
    } finally {
      await images.close();
    }
  },
});

function checkOutput({ json, jsonl, csv, shard, dicomTags }: PredictArguments): void {
  if (Number(json ?? false) + Number(jsonl ?? false) + Number(csv !== undefined) > 1) {
    throw new InputError("--json, --jsonl and --csv exclude each other: give one of them.");
  }
  if (dicomTags && !json && !jsonl && csv === undefined) {
    throw new InputError("--dicom-tags needs an output with fields: add --json, --jsonl or --csv.");
  }
  if (shard && csv === undefined) throw new InputError("--shard needs a file that gather can merge: add --csv.");
}

/** Returns how many images cannot be read. */
async function score(
  { paths: files, names, total }: ImagesToScore,
  checkpoint: CheckpointOptions,
  given: PredictArguments,
  cli: Cli,
): Promise<number> {
  const { csvOutput, streamOutput } = await import("../run/scoring/predict-output.js");
  const { predictFiles } = await import("../run/scoring/predict.js");
  const { threads = defaultThreads(), threshold, map: mapFolder, dicomTags = false, csv, portable = false, json, jsonl } = given;
  const format = json ? "json" : jsonl ? "jsonl" : "text";
  const output =
    csv === undefined ? streamOutput(cli.stdout, format) : await csvOutput(csv, { maps: mapFolder !== undefined, dicomTags });
  const caller = callerOf(cli, given.quiet);
  // A bar would disturb result lines on the same screen.
  const lines = csv === undefined && cli.stdout.isTTY;
  const shown = lines ? { ...caller, bar: callerOf(cli, true).bar } : caller;
  const options = { checkpoint, files, names, alone: total === 1, threads, threshold, mapFolder, dicomTags, portable };
  try {
    // A shard may be empty.
    const summary = files.length > 0 ? await predictFiles(options, output, shown) : undefined;
    await output.finish();
    const written = csv ?? mapFolder;
    if (written !== undefined) caller.info(`${summary ? describe(summary) : "0 images"}: ${written}`);
    return summary?.unreadable ?? 0;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

async function openList(list: string) {
  if (list === "-") return { name: "The list on stdin", bytes: process.stdin };
  const { createReadStream } = await import("node:fs");
  return { name: list, bytes: createReadStream(list) };
}

function describe({ images, seconds, counts }: PredictSummary): string {
  const labels = Object.entries(counts).map(([label, count]) => `${count} ${label}`);
  return `${images} images in ${seconds.toFixed(1)} s (${(images / seconds).toFixed(1)} images/s), ${labels.join(", ")}`;
}
