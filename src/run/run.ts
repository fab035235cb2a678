// A whole run: all trainings, their predictions, metrics.json and the report.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { type PredictionRow, type Predictions, sameImages, scoreOf } from "../eval/predictions.js";
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

/** Returns the content of metrics.json. Steps that an earlier call has finished are skipped. */
export async function runAll(request: Request, language: Language | undefined, caller: Caller): Promise<RunResults> {
  const job = await openJob(request, caller);
  try {
    const { out, file } = job;
    const all = trainings(file.options);
    for (const training of all) if (!isPredicted(out, training)) await trainAndPredict(job, training);
    await markFinished(job);
    const keys = all.map(({ key }) => key);
    const predictions = await readPredictions(out, keys, file.options.classes);
    checkImages(job, predictions);
    const results = runResults(file, job.dataset.facts, { predictions, stress: await readStress(out, file.options.models) });
    await writeFileAtomic(join(out, "metrics.json"), `${JSON.stringify(results, null, 1)}\n`);
    // Dynamic import: the plotting library takes half a second to load.
    const { writeReport } = await import("../report/write.js");
    await writeReport(out, results, language);
    return results;
  } finally {
    await job.close();
  }
}

/** Test predictions are written last: if they exist, all files of the training exist. */
const isPredicted = (out: string, { key }: Training): boolean => existsSync(predictionsPath(out, key, "test"));

/** Predictions of an earlier process may have been replaced by those of another run. */
function checkImages({ out, dataset: { pixels } }: Job, predictions: Predictions): void {
  for (const [key, bySplit] of Object.entries(predictions)) {
    for (const split of ["val", "test"] as const) {
      if (sameImages(bySplit[split], pixels.splits[split].images)) continue;
      const [path, marker] = [predictionsPath(out, key, split), predictionsPath(out, key, "test")];
      throw new InputError(
        `${path} is not of the images and labels of this run: remove ${marker} and resume, to score them again.`,
      );
    }
  }
}

/** Trains one model unless that is done, and writes its predictions. The first seed also gets pictures and stress tests. */
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
    // Must precede the test predictions, which mark the training as done for --resume.
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

/** Recorded once, so that a report made later shows the same facts. */
async function markFinished({ out, file, network: { threads, variant } }: Job): Promise<void> {
  if (file.finished) return;
  file.finished = { at: new Date().toISOString(), environment: environment(threads, variant), commit: commit() };
  await saveRunFile(out, file);
}
