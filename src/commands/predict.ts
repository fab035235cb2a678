import { InputError } from "../core/errors.js";
import type { PredictSummary } from "../lib/tools/predict.js";
import { flag, part, path, share } from "../settings/kinds.js";
import { pick, SETTINGS } from "../settings/table.js";
import { ANY_CHECKPOINT, ERROR_RATE, NOT_CLINICAL, PREPROCESSING } from "./common.js";
import { callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, option } from "./rows.js";

const MOST_SHARDS = 100_000;

const OPTIONS = {
  ...ANY_CHECKPOINT,
  ...PREPROCESSING,
  list: option(path("-"), "File with further image paths, one per line; - reads stdin"),
  threshold: option(
    share,
    "Decision threshold: label PNEUMONIA above this probability (default: stored in the model, usually 0.5)",
  ),
  csv: option(
    path(),
    "Write the results to this CSV file: file,label,p_pneumonia,logit,error, unusual,unusual_score; with --error-rate also decision",
  ),
  shard: option(
    part(1, MOST_SHARDS, `give one shard of several, as 3/100; at most ${MOST_SHARDS}`),
    "With --csv: score only this part of the images, as 3/100; gather merges the files",
  ),
  map: option(path(), "Folder for class activation maps, one picture per image"),
  dicomTags: option(flag, "Include patient and image attributes of DICOM files (default: none)"),
  errorRate: ERROR_RATE,
  refuseUnusual: option(flag, "Give no score to images that are unlike the training images (default: warn)"),
  portable: option(flag, "Give the same bits as pulmo-infer.wasm in any runtime: plain SIMD, one image at a time"),
  ...pick(SETTINGS, "anyBodyPart", "threads", "quiet"),
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
    "predict xray.jpeg",
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
    const { threads = defaultThreads(), threshold, errorRate, map: mapFolder, json, jsonl } = given;
    const { dicomTags = false, portable = false, anyBodyPart = false, refuseUnusual = false } = given;
    const format = json ? "json" : jsonl ? "jsonl" : "text";
    const reporter = callerOf(cli, given.quiet);
    // A bar would disturb result lines on the same screen.
    const shown = csv === undefined && cli.stdout.isTTY ? { ...reporter, bar: callerOf(cli, true).bar } : reporter;
    const { startDecoder } = await import("../lib/tools/decoder.js");
    const decoder = startDecoder(threads, image.length === 1 && list === undefined);
    const { predictTo } = await import("../lib/tools/predict.js");
    const summary = await predictTo({
      ...{ checkpoint, images: image, list, shard, output: csv ?? { stream: cli.stdout, format }, mapFolder, spill: cli.stdout },
      ...{ threads, threshold, dicomTags, portable, anyBodyPart, refuseUnusual, errorRate, decoder, reporter: shown },
      signal: cli.signal,
    }).finally(() => decoder.close());
    const written = csv ?? mapFolder;
    if (written !== undefined) reporter.info(`${summary ? describe(summary) : "0 images"}: ${written}`);
    if (summary && summary.unreadable > 0) {
      throw new InputError(`${summary.unreadable} of ${summary.images} images cannot be read: they are listed above.`);
    }
    if (summary && refuseUnusual && summary.unusual > 0) {
      throw new InputError(
        `${summary.unusual} of ${summary.images} images have no score, because they are unlike the training images.`,
      );
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
  if (csv === "-") throw new InputError("--csv - names no file: give a path, such as /dev/stdout.");
  if (shard && csv === undefined) throw new InputError("--shard needs a file that gather can merge: add --csv.");
}

function describe({ images, seconds, counts, decisions }: PredictSummary): string {
  const listed = (found: Record<string, number>) =>
    Object.entries(found)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
  const decided = decisions ? `; decisions: ${listed(decisions)}` : "";
  return `${images} images in ${seconds.toFixed(1)} s (${(images / seconds).toFixed(1)} images/s), ${listed(counts)}${decided}`;
}
