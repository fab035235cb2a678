import type { Split } from "../data/types.js";
import { classificationReport } from "../eval/classification-report.js";
import { splitMetrics } from "../eval/metrics.js";
import { evaluate } from "../train/evaluate.js";
import { openCheckpoint } from "./checkpoint.js";
import { openDataset, type DatasetOptions } from "./dataset.js";
import { createTerminal } from "./terminal.js";

export interface EvaluateOptions extends DatasetOptions {
  checkpoint: string;
  split: Split;
  json: boolean;
  quiet: boolean;
}

/** `evaluate`: metrics of a trained model on one split. */
export async function evaluateCheckpoint(options: EvaluateOptions): Promise<void> {
  const terminal = createTerminal(options.quiet);
  const network = await openCheckpoint(options.checkpoint, options.threads);
  try {
    const { pixels } = await openDataset(options, terminal);
    try {
      const rows = pixels.splits[options.split];
      const labels = rows.images.map((image) => image.label);
      const p = await evaluate(network, rows);
      const metrics = splitMetrics(labels, p);
      const { accuracy, auc, confusion, perClass, n } = metrics;
      if (options.json) {
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
