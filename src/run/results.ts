// Makes metrics.json from the files of a run: its settings, trainings and predictions.
import { mean } from "d3-array";
import { calibration } from "../eval/calibration.js";
import { delong } from "../eval/delong.js";
import { probability, scoreOf } from "../eval/log-odds.js";
import { splitMetrics } from "../eval/metrics.js";
import type { PredictionRow, Predictions } from "../eval/predictions.js";
import { reviewResults, scored } from "../eval/review.js";
import { rocAucScore } from "../eval/roc.js";
import { balancedThreshold, type Threshold, thresholdForRecall, thresholdMetrics } from "../eval/thresholds.js";
import type {
  AucComparison,
  Calibration,
  ChosenThreshold,
  DatasetFacts,
  ModelResults,
  RepeatMetrics,
  RunResults,
  SplitMetrics,
} from "../results/metrics.js";
import type { StressResults } from "../results/stress-results.js";
import { DEFAULTS } from "../settings/recipes.js";
import { trainings } from "../settings/settings.js";
import { settings } from "./environment.js";
import { recordedPath } from "./recorded-path.js";
import type { RunFile } from "./run-file.js";

/** The content of a run's folder: its trainings by key, and its models. */
export interface Findings {
  predictions: Predictions;
  stress: Record<string, StressResults | undefined>;
}

export function runResults(file: RunFile, dataset: DatasetFacts, findings: Findings): RunResults {
  const { environment } = file.finished!;
  const { models } = file.options;
  return {
    schema: 1,
    dataset: { ...dataset, root: recordedPath(dataset.root) },
    environment,
    settings: settings(file, environment.threads),
    models: Object.fromEntries(models.map((name) => [name, modelResults(name, file, findings, dataset.unusual)])),
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

function modelResults(
  name: string,
  file: RunFile,
  { predictions, stress }: Findings,
  unusual: DatasetFacts["unusual"],
): ModelResults {
  const trained = file.models[name];
  const { val, test } = predictions[name];
  const own = trainings(file.options).filter(({ model }) => model === name);
  const repeats = own.map(({ key, seed }) => ({
    seed,
    trainSeconds: file.models[key].trainSeconds,
    ...(file.models[key].sha256 && { sha256: file.models[key].sha256 }),
    ...bothSplits(predictions[key], repeatMetrics),
  }));
  const targetRecall = file.options.targetRecall ?? DEFAULTS.targetRecall;
  const { temperature } = trained;
  const review = reviewResults(scored(val, logitsOf(val), unusual?.val), scored(test, logitsOf(test), unusual?.test));
  return {
    ...trained,
    val: metricsOf(val),
    test: metricsOf(test),
    ...(temperature !== undefined && { uncalibrated: bothSplits({ val, test }, (rows) => uncalibrated(rows, temperature)) }),
    threshold: measured({ val, test }, thresholdForRecall(labelsOf(val), logitsOf(val), targetRecall)),
    balancedThreshold: measured({ val, test }, balancedThreshold(labelsOf(val), logitsOf(val))),
    ...(review && { review }),
    ...(repeats.length > 1 && {
      repeats,
      ensemble: bothSplits(ensembleOf(own.map(({ key }) => predictions[key])), repeatMetrics),
    }),
    ...(stress[name] && { stress: stress[name] }),
  };
}

type Splits<T> = Record<"val" | "test", T>;

const bothSplits = <T>({ val, test }: Splits<PredictionRow[]>, of: (rows: PredictionRow[]) => T): Splits<T> => ({
  val: of(val),
  test: of(test),
});

function repeatMetrics(rows: PredictionRow[]): RepeatMetrics {
  const [labels, logits] = [labelsOf(rows), logitsOf(rows)];
  const { ece } = calibration(labels, logits.map(probability));
  return { ...thresholdMetrics(labels, logits, 0), auc: rocAucScore(labels, logits), ece };
}

function uncalibrated(rows: PredictionRow[], temperature: number): Calibration {
  const { ece, calibration: bins } = calibration(
    labelsOf(rows),
    logitsOf(rows).map((logit) => probability(logit * temperature)),
  );
  return { ece, calibration: bins };
}

/** The ensemble scores each image by the mean of its members' log-odds. */
function ensembleOf(members: Splits<PredictionRow[]>[]): Splits<PredictionRow[]> {
  const together = (split: "val" | "test") =>
    members[0][split].map((row, i) => ({ ...row, ...scoreOf(mean(members, (member) => member[split][i].logit)!) }));
  return { val: together("val"), test: together("test") };
}

/** The threshold is chosen on val and evaluated on val and test. */
function measured(splits: Splits<PredictionRow[]>, chosen: Threshold | null): ChosenThreshold | null {
  if (!chosen) return null;
  return { ...chosen, ...bothSplits(splits, (rows) => thresholdMetrics(labelsOf(rows), logitsOf(rows), chosen.logit)) };
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
