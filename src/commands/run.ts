// The main job: train each model, evaluate it, write everything down, report.
import { join } from "node:path";
import { predictionsCsv, type PredictionRow } from "../eval/predictions.js";
import type { Split } from "../data/types.js";
import { splitMetrics } from "../eval/metrics.js";
import { writeFileAtomic } from "../lib/files.js";
import type { ModelResults, RunResults, SplitMetrics } from "../report/results.js";
import type { Network } from "../train/network.js";
import { environment, settings } from "./facts.js";
import { openJob, type Job, type JobOptions } from "./job.js";
import { writePictures } from "./pictures.js";
import { readPredictions, saveRunFile } from "./runFolder.js";
import { scores } from "./scores.js";
import { trainedNetwork } from "./trainModel.js";

export async function run(given: JobOptions): Promise<void> {
  const job = await openJob("run", given);
  const { out, file, terminal } = job;
  try {
    for (const name of file.options.models) {
      if (!("test" in (file.models[name] ?? {}))) await runModel(job, name);
    }
    if (!file.finished) {
      const { threads, variant } = job.network;
      file.finished = { at: new Date().toISOString(), environment: environment(threads, variant) };
      await saveRunFile(out, file);
    }
    const results = resultsOf(job);
    await writeFileAtomic(join(out, "metrics.json"), `${JSON.stringify(results, null, 1)}\n`);
    // Imported here: the plotting library takes half a second to load.
    const { writeReport } = await import("../report/write.js");
    const { terminalSummary } = await import("../report/terminal.js");
    await writeReport(out, results, await readPredictions(out, file.options.models));
    if (given.json) process.stdout.write(`${JSON.stringify({ out, ...results })}\n`);
    terminal.say(`\n${terminalSummary(results)}\nReport: ${join(out, "report.html")}`);
  } finally {
    await job.dataset.pixels.close();
  }
}

/** Trains one model, if that is left to do, and evaluates it. */
async function runModel(job: Job, name: string): Promise<void> {
  const network = await trainedNetwork(job, name);
  try {
    const { metrics: val } = await score(job, network, "val");
    const { metrics: test, predictions } = await score(job, network, "test");
    if (job.network.explanationBatch) {
      const { dataset: { facts, pixels }, out, terminal } = job;
      await writePictures({ out, root: facts.root, network, rows: pixels.splits.test, predictions, terminal });
    }
    job.file.models[name] = { ...job.file.models[name], val, test };
    await saveRunFile(job.out, job.file);
  } finally {
    await network.pool.close();
  }
}

/** Evaluates on one split and writes its predictions. */
async function score(
  { out, dataset, terminal }: Job, network: Network, split: Split,
): Promise<{ metrics: SplitMetrics; predictions: PredictionRow[] }> {
  const rows = dataset.pixels.splits[split];
  const p = await scores(network, rows, split, terminal);
  const predictions = rows.images.map(({ file, label }, i) => ({ file, label, pPneumonia: p[i] }));
  await writeFileAtomic(join(out, network.name, `predictions-${split}.csv`), predictionsCsv(predictions));
  return { metrics: splitMetrics(rows.images.map((image) => image.label), p), predictions };
}

function resultsOf({ file, dataset }: Job): RunResults {
  const { at, environment } = file.finished!;
  const models = file.options.models.map((name) => [name, file.models[name] as ModelResults]);
  return {
    schema: 1, dataset: dataset.facts, environment, settings: settings(file, environment.threads, at),
    models: Object.fromEntries(models),
  };
}
