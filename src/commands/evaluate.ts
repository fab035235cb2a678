import { InputError } from "../core/errors.js";
import { oneOf, path } from "../settings/kinds.js";
import { DATA, pick, SETTINGS } from "../settings/table.js";
import { CHECKPOINT, ERROR_RATE, PREPROCESSING } from "./common.js";
import { callerOf, defaultThreads } from "./context.js";
import { defineCommand } from "./define.js";
import { type Arguments, option } from "./rows.js";

const OPTIONS = {
  ...CHECKPOINT,
  ...PREPROCESSING,
  ...DATA,
  split: option(oneOf(["train", "val", "test"]), "Split to score (default: test)"),
  labels: option(path(), "CSV of file,label or file,label,group; --data is then any folder of images"),
  errorRate: ERROR_RATE,
  ...pick(SETTINGS, "threads", "quiet", "json"),
};

/** Metrics of a trained model on one split, or on a folder of images with labels. */
export const evaluate = defineCommand({
  command: "evaluate",
  describe: "Score a saved model on a dataset",
  options: OPTIONS,
  examples: [
    "evaluate --checkpoint runs/first/dnn --data chest_xray",
    "evaluate --checkpoint model.pth --data images --labels labels.csv",
  ],
  async run(given, cli) {
    const { split, labels, errorRate, json, quiet, data, classes: names, limit, threads = defaultThreads() } = given;
    const { strict = false, anyBodyPart = false } = given;
    if (labels !== undefined) refuseWithLabels(given);
    const { checkpointOf } = await import("./preprocessing.js");
    const { evaluateSplit, evaluationText } = await import("../lib/tools/evaluate.js");
    const { metrics, review, unreadable, classes, modelNotes } = await evaluateSplit({
      ...{ checkpoint: checkpointOf(given, cli), data, split: split ?? "test", labels, classes: names, limit, threads },
      ...{ strict, anyBodyPart, errorRate },
      ...{ reporter: callerOf(cli, quiet), signal: cli.signal },
    });
    const { accuracy, auc, confusion, perClass, n, intervals, groups, unusual } = metrics;
    if (json) {
      const found = {
        accuracy,
        auc,
        confusion,
        perClass,
        n,
        intervals,
        groups,
        ...(review && { review }),
        unreadable,
        ...(unusual && { unusual }),
        ...(modelNotes.length > 0 && { modelNotes }),
      };
      cli.stdout.write(`${JSON.stringify(found)}\n`);
      return;
    }
    cli.stdout.write(evaluationText(metrics, groups, classes, { unusual, review }));
  },
});

function refuseWithLabels({ split, data }: Arguments<typeof OPTIONS>): void {
  if (split !== undefined) throw new InputError("--labels and --split exclude each other: remove one of them.");
  if (data === undefined) throw new InputError("--labels needs the folder of its images: give it with --data.");
}
