// metrics.json from what a run has left: its settings, its trainings and their predictions.
import { delong } from "../eval/delong.js";
import { splitMetrics } from "../eval/metrics.js";
import type { PredictionRow, Predictions } from "../eval/predictions.js";
import { rates, thresholdForRecall, thresholdMetrics } from "../eval/thresholds.js";
import type { AucComparison, DatasetFacts, ModelResults, RepeatMetrics, RunResults, SplitMetrics } from "../results/metrics.js";
import type { StressResults } from "../results/stress.js";
import { settings } from "./facts.js";
import { DEFAULTS } from "./recipe.js";
import type { RunFile } from "./run-file.js";
import { trainings } from "./settings.js";

/** What the folder of a run holds of its trainings, by their keys, and of its models. */
export interface Findings {
  predictions: Predictions;
  stress: Record<string, StressResults | undefined>;
}

export function runResults(file: RunFile, dataset: DatasetFacts, findings: Findings): RunResults {
  const { environment } = file.finished!;
  const { models } = file.options;
  return {
    schema: 1,
    dataset,
    environment,
    settings: settings(file, environment.threads),
    models: Object.fromEntries(models.map((name) => [name, modelResults(name, file, findings)])),
    comparisons: comparisons(models, findings.predictions),
  };
}

const labelsOf = (rows: PredictionRow[]): number[] => rows.map(({ label }) => label);
const logitsOf = (rows: PredictionRow[]): number[] => rows.map(({ logit }) => logit);
const metricsOf = (rows: PredictionRow[]): SplitMetrics =>
  splitMetrics(
    labelsOf(rows),
    logitsOf(rows),
    rows.map(({ file }) => file),
  );

function modelResults(name: string, file: RunFile, { predictions, stress }: Findings): ModelResults {
  const metrics = ({ val, test }: Predictions[string]) => ({ val: metricsOf(val), test: metricsOf(test) });
  const own = trainings(file.options).filter(({ model }) => model === name);
  const repeats = own.map(({ key, seed }) => {
    const { val, test } = metrics(predictions[key]);
    return { seed, trainSeconds: file.models[key].trainSeconds, val: repeatMetrics(val), test: repeatMetrics(test) };
  });
  return {
    ...file.models[name],
    ...metrics(predictions[name]),
    threshold: threshold(predictions[name], file.options.targetRecall ?? DEFAULTS.targetRecall),
    ...(repeats.length > 1 && { repeats }),
    ...(stress[name] && { stress: stress[name] }),
  };
}

const repeatMetrics = ({ confusion, auc }: SplitMetrics): RepeatMetrics => ({ ...rates(confusion), auc });

/** Chosen on val, measured on both. */
function threshold({ val, test }: Predictions[string], target: number): NonNullable<ModelResults["threshold"]> | null {
  const chosen = thresholdForRecall(labelsOf(val), logitsOf(val), target);
  if (chosen === null) return null;
  const measured = (rows: PredictionRow[]) => thresholdMetrics(labelsOf(rows), logitsOf(rows), chosen.logit);
  return { ...chosen, val: measured(val), test: measured(test) };
}

/** Every pair of models. */
function comparisons(models: string[], predictions: Predictions): AucComparison[] {
  const pairs = models.flatMap((a, i) => models.slice(i + 1).map((b) => [a, b]));
  return pairs.flatMap(([a, b]) => {
    const rows = predictions[a].test;
    const compared = delong(labelsOf(rows), logitsOf(rows), logitsOf(predictions[b].test));
    return compared ? [{ a, b, ...compared }] : [];
  });
}
