import type { Split } from "../data/types.js";
import { classificationReport } from "../eval/classification-report.js";
import type { DatasetOptions } from "../run/dataset.js";
import { evaluateOnSplit } from "../run/evaluation.js";
import { createTerminal } from "../run/terminal.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface EvaluateArguments extends DatasetOptions, CheckpointArguments {
  split: Split | undefined;
  json: boolean;
  quiet: boolean;
}

/** `evaluate`: metrics of a trained model on one split. */
export async function evaluateCheckpoint(typed: EvaluateArguments): Promise<void> {
  const { split = "test", json, quiet, data, limit, strict, threads } = typed;
  const options = { data, limit, strict, threads };
  const metrics = await evaluateOnSplit(checkpointOf(typed), split, options, createTerminal(quiet));
  const { accuracy, auc, confusion, perClass, n } = metrics;
  if (json) {
    process.stdout.write(`${JSON.stringify({ accuracy, auc, confusion, perClass, n })}\n`);
  } else {
    process.stdout.write(`${classificationReport(metrics)}\nconfusion [[TN, FP], [FN, TP]]: ${JSON.stringify(confusion)}\n`);
    process.stdout.write(`accuracy ${accuracy.toFixed(4)}   AUC ${auc?.toFixed(4) ?? "undefined: a class is absent"}   n ${n}\n`);
  }
}
