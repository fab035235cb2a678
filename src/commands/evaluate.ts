import { InputError } from "../core/errors.js";
import type { Split } from "../data/types.js";
import { evaluationText } from "../report/evaluation-text.js";
import type { DatasetOptions } from "../run/datasets/dataset.js";
import { evaluateOnSplit } from "../run/scoring/evaluation.js";
import { createTerminal } from "../run/terminal.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface EvaluateArguments extends DatasetOptions, CheckpointArguments {
  split: Split | undefined;
  labels: string | undefined;
  json: boolean;
  quiet: boolean;
}

/** `evaluate`: metrics of a trained model on one split, or on a folder of images with labels. */
export async function evaluateCheckpoint(typed: EvaluateArguments): Promise<void> {
  const { split, labels, json, quiet, data, classes: asked, limit, strict, threads } = typed;
  if (labels !== undefined) refuseWithLabels(typed);
  const { metrics, groups, unreadable, classes } = await evaluateOnSplit(
    checkpointOf(typed),
    split ?? "test",
    labels,
    { data, classes: asked, limit, strict, threads },
    createTerminal(quiet),
  );
  const { accuracy, auc, confusion, perClass, n, intervals } = metrics;
  if (json) {
    const found = { accuracy, auc, confusion, perClass, n, intervals, groups, unreadable };
    process.stdout.write(`${JSON.stringify(found)}\n`);
  } else process.stdout.write(evaluationText(metrics, groups, classes));
}

function refuseWithLabels({ split, data }: EvaluateArguments): void {
  if (split !== undefined)
    throw new InputError("--labels names the images, and --split chooses among others: leave one of them out.");
  if (data === undefined) throw new InputError("--labels needs the folder of its images: give it with --data.");
}
