import { InputError } from "../core/errors.js";
import { numberUpTo, oneOf, path, share } from "../settings/kinds.js";
import { DATA, pick, SETTINGS } from "../settings/table.js";
import { ANY_CHECKPOINT, ERROR_RATE, LABELS, PREPROCESSING } from "./common.js";
import { callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, option } from "./rows.js";

const OPTIONS = {
  ...ANY_CHECKPOINT,
  ...PREPROCESSING,
  ...DATA,
  split: option(oneOf(["train", "val", "test"]), "Split to score (default: test)"),
  labels: option(path(), `${LABELS}; --data is then any folder of images`),
  threshold: option(share, "Decision threshold on the probability (default: stored in the model, usually 0.5)"),
  targetRecall: option(numberUpTo(1), "Also report the threshold that reaches this recall on these images, as 0.95"),
  errorRate: ERROR_RATE,
  csv: option(path(), "Write the score of each image to this CSV file"),
  out: option(path(), "Folder for a report: report.html with errors and maps, report.md, metrics.json, predictions.csv"),
  ...pick(SETTINGS, "lang", "threads", "quiet", "json"),
};

/** Metrics of a trained model on one split, or on a folder of images with labels. */
export const evaluate = defineCommand({
  command: "evaluate",
  describe: "Score a saved model on a dataset",
  options: OPTIONS,
  examples: [
    "evaluate --checkpoint runs/first/dnn --data chest_xray",
    "evaluate --checkpoint model.pth --data images --labels labels.csv --out evaluation",
  ],
  async run(given, cli) {
    const { split = "test", labels, threshold, targetRecall, errorRate, csv, out, lang, json, quiet, data, limit } = given;
    const { classes: names, strict = false, anyBodyPart = false, threads = defaultThreads() } = given;
    if (labels !== undefined) refuseWithLabels(given);
    const { checkpointOf } = await import("./preprocessing.js");
    const { evaluateSplit, evaluationText } = await import("../lib/tools/evaluate.js");
    const found = await evaluateSplit({
      ...{ checkpoint: checkpointOf(given, cli), data, split, labels, classes: names, limit, threads },
      ...{ strict, anyBodyPart, threshold, targetRecall, errorRate, csv, out, lang },
      ...{ reporter: callerOf(cli, quiet), signal: cli.signal },
    });
    const { evaluation, classes, unreadable, unlabelled, withoutImage, modelNotes } = found;
    if (!json) return void cli.stdout.write(evaluationText(evaluation, classes, { unlabelled, withoutImage }));
    const { accuracy, auc, confusion, perClass, n, intervals, groups, ...further } = evaluation;
    const { threshold: at, intervalsOver, patients, hospitals, devices, targetRecall: reached, review, unusual } = further;
    const shown = {
      ...{ accuracy, auc, confusion, perClass, n, intervals, groups, review, unreadable, unusual },
      ...{ threshold: at, intervalsOver, patients, hospitals, devices, targetRecall: reached, unlabelled, withoutImage },
      ...(modelNotes.length > 0 && { modelNotes }),
    };
    cli.stdout.write(`${JSON.stringify(shown)}\n`);
  },
});

function refuseWithLabels({ split, data }: Arguments<typeof OPTIONS>): void {
  if (split !== undefined) throw new InputError("--labels and --split exclude each other: remove one of them.");
  if (data === undefined) throw new InputError("--labels needs the folder of its images: give it with --data.");
}
