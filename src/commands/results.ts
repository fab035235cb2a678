// metrics.json from what a run has left: its settings, its trainings and their predictions.
import { splitMetrics } from "../eval/metrics.js";
import type { PredictionRow } from "../eval/predictions.js";
import type { Predictions } from "../report/input.js";
import type { ModelResults, RepeatMetrics, RunResults, SplitMetrics } from "../report/results.js";
import { settings } from "./facts.js";
import type { Job } from "./job.js";
import { trainings, type RunFile } from "./runFolder.js";

export function runResults({ file, dataset }: Pick<Job, "file" | "dataset">, predictions: Predictions): RunResults {
  const { at, environment } = file.finished!;
  const models = file.options.models.map((name) => [name, modelResults(name, file, predictions)]);
  return {
    schema: 1, dataset: dataset.facts, environment, settings: settings(file, environment.threads, at),
    models: Object.fromEntries(models),
  };
}

const metricsOf = (rows: PredictionRow[]): SplitMetrics =>
  splitMetrics(rows.map(({ label }) => label), rows.map(({ pPneumonia }) => pPneumonia));

function modelResults(name: string, file: RunFile, predictions: Predictions): ModelResults {
  const metrics = ({ val, test }: Predictions[string]) => ({ val: metricsOf(val), test: metricsOf(test) });
  const own = trainings(file.options).filter(({ model }) => model === name);
  const repeats = own.map(({ key, seed }) => {
    const { val, test } = metrics(predictions[key]);
    return { seed, trainSeconds: file.models[key].trainSeconds, val: repeatMetrics(val), test: repeatMetrics(test) };
  });
  return { ...file.models[name], ...metrics(predictions[name]), ...(repeats.length > 1 && { repeats }) };
}

function repeatMetrics({ confusion, accuracy, auc, perClass: { NORMAL, PNEUMONIA } }: SplitMetrics): RepeatMetrics {
  const { recall, precision, f1 } = PNEUMONIA;
  return { confusion, accuracy, recall, specificity: NORMAL.recall, precision, f1, auc };
}
