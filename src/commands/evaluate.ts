import type { Split } from "../data/types.js";
import { classificationReport } from "../eval/classification-report.js";
import { splitMetrics } from "../eval/metrics.js";
import { openCheckpoint } from "../run/checkpoint.js";
import { openDataset, type DatasetOptions } from "../run/dataset.js";
import { scores } from "../run/predictions.js";
import { createTerminal } from "../run/terminal.js";

interface EvaluateArguments extends DatasetOptions {
  checkpoint: string;
  split: Split | undefined;
  json: boolean;
  quiet: boolean;
}

/** `evaluate`: metrics of a trained model on one split. */
export async function evaluateCheckpoint({ checkpoint, split = "test", json, quiet, ...options }: EvaluateArguments): Promise<void> {
  const terminal = createTerminal(quiet);
  const network = await openCheckpoint(checkpoint, options.threads);
  try {
    const { pixels } = await openDataset(options, terminal);
    try {
      const rows = pixels.splits[split];
      const p = await scores(network, rows, split, terminal);
      const metrics = splitMetrics(rows.images.map((image) => image.label), p);
      const { accuracy, auc, confusion, perClass, n } = metrics;
      if (json) {
        process.stdout.write(`${JSON.stringify({ accuracy, auc, confusion, perClass, n })}\n`);
      } else {
        process.stdout.write(`${classificationReport(metrics)}\nconfusion [[TN, FP], [FN, TP]]: ${JSON.stringify(confusion)}\n`);
        process.stdout.write(`accuracy ${accuracy.toFixed(4)}   AUC ${auc?.toFixed(4) ?? "undefined: a class is absent"}   n ${n}\n`);
      }
    } finally {
      await pixels.close();
    }
  } finally {
    await network.pool.close();
  }
}
