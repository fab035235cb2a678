// A whole run: every training, its predictions, metrics.json, the report.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type PredictionRow, scoreOf } from "../eval/predictions.js";
import { writeFileAtomic } from "../node/files.js";
import { commit } from "../node/version.js";
import type { Language } from "../report/text/languages.js";
import type { RunResults } from "../results/metrics.js";
import { recipeOf } from "../settings/recipes.js";
import { type Training, trainings } from "../settings/settings.js";
import type { Caller } from "./caller.js";
import { environment } from "./environment.js";
import { predictionsPath } from "./folder.js";
import { runResults } from "./results.js";
import { saveRunFile } from "./run-file.js";
import { writePictures } from "./scoring/draw-pictures.js";
import { readPredictions, savePredictions, scores } from "./scoring/predictions.js";
import { readStress, writeStress } from "./scoring/stress-tests.js";
import { type Job, openJob, type Request } from "./training/job.js";
import { trainedNetwork } from "./training/training.js";

/** The results, which are also in metrics.json. What an earlier call has finished is not done again. */
export async function runAll(request: Request, language: Language | undefined, caller: Caller): Promise<RunResults> {
  const job = await openJob(request, caller);
  try {
    const { out, file } = job;
    const all = trainings(file.options);
    for (const training of all) if (!isPredicted(out, training)) await trainAndPredict(job, training);
    await markFinished(job);
    const results = runResults(file, job.dataset.facts, {
      predictions: await readPredictions(
        out,
        all.map(({ key }) => key),
        file.options.classes,
      ),
      stress: await readStress(out, file.options.models),
    });
    await writeFileAtomic(join(out, "metrics.json"), `${JSON.stringify(results, null, 1)}\n`);
    // Imported here: the plotting library takes half a second to load.
    const { writeReport } = await import("../report/write.js");
    await writeReport(out, results, language);
    return results;
  } finally {
    await job.close();
  }
}

/** Test comes last: where its predictions are, everything is. */
const isPredicted = (out: string, { key }: Training): boolean => existsSync(predictionsPath(out, key, "test"));

/** Trains one model, if that is left to do, and writes its predictions; unless it is a repeat, its pictures and stress tests too. */
async function trainAndPredict(job: Job, training: Training): Promise<void> {
  const { out, file, dataset, caller } = job;
  const { key, model } = training;
  const network = await trainedNetwork(job, training);
  try {
    const predict = async (split: "val" | "test"): Promise<PredictionRow[]> => {
      const rows = dataset.pixels.splits[split];
      const logOdds = await scores(network, rows, split, caller);
      return rows.images.map(({ file, label }, i) => ({ file, label, ...scoreOf(logOdds[i]) }));
    };
    await savePredictions(out, key, "val", await predict("val"), file.options.classes);
    const predictions = await predict("test");
    // Before the test predictions, which tell --resume that nothing is left to do.
    const { readImage, pixels } = dataset;
    const sources = { out, network, rows: pixels.splits.test, predictions, caller };
    if (key === model && job.network.explanationBatch) await writePictures({ ...sources, readImage });
    if (key === model && file.options.stress !== false)
      await writeStress({ ...sources, most: recipeOf(file.options.recipe).stressImages });
    await savePredictions(out, key, "test", predictions, file.options.classes);
  } finally {
    await network.pool.close();
  }
}

/** A report made later says the same. */
async function markFinished({ out, file, network: { threads, variant } }: Job): Promise<void> {
  if (file.finished) return;
  file.finished = { at: new Date().toISOString(), environment: environment(threads, variant), commit: commit() };
  await saveRunFile(out, file);
}
