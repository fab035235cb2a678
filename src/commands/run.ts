// The main job: train each model, evaluate it, write everything down, report.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { predictionsCsv } from "../eval/predictions.js";
import { writeFileAtomic } from "../node/files.js";
import { commit } from "../node/version.js";
import { environment } from "./facts.js";
import { openJob, type Job, type JobOptions } from "./job.js";
import { writePictures } from "./pictures.js";
import { runResults } from "./results.js";
import { EVALUATED, predictionsPath, readPredictions, saveRunFile, trainings, type Training } from "./run-folder.js";
import { scores } from "./scores.js";
import { trainedNetwork } from "./train-model.js";

export async function run(given: JobOptions): Promise<void> {
  const job = await openJob("run", given);
  const { out, file, terminal } = job;
  try {
    const all = trainings(file.options);
    for (const training of all) {
      if (!existsSync(predictionsPath(out, training.key, EVALUATED.at(-1)!))) await trainAndEvaluate(job, training);
    }
    if (!file.finished) {
      const { threads, variant } = job.network;
      file.finished = { at: new Date().toISOString(), environment: environment(threads, variant), commit: commit() };
      await saveRunFile(out, file);
    }
    const predictions = await readPredictions(out, all.map(({ key }) => key));
    const results = runResults(job, predictions);
    await writeFileAtomic(join(out, "metrics.json"), `${JSON.stringify(results, null, 1)}\n`);
    // Imported here: the plotting library takes half a second to load.
    const { writeReport } = await import("../report/write.js");
    const { terminalSummary } = await import("../report/terminal.js");
    await writeReport(out, results, given.lang);
    if (given.json) process.stdout.write(`${JSON.stringify({ out, ...results })}\n`);
    terminal.say(`\n${terminalSummary(results)}\nReport: ${join(out, "report.html")}`);
  } finally {
    await job.dataset.pixels.close();
  }
}

/** Trains one model, if that is left to do, draws its pictures unless it is a repeat, and writes its predictions. */
async function trainAndEvaluate(job: Job, training: Training): Promise<void> {
  const { out, dataset, terminal } = job;
  const network = await trainedNetwork(job, training);
  try {
    for (const split of EVALUATED) {
      const rows = dataset.pixels.splits[split];
      const p = await scores(network, rows, split, terminal);
      const predictions = rows.images.map(({ file, label }, i) => ({ file, label, pPneumonia: p[i] }));
      // Before the test predictions, which tell --resume that nothing is left to do.
      if (split === "test" && training.key === training.model && job.network.explanationBatch) {
        await writePictures({ out, root: dataset.facts.root, network, rows, predictions, terminal });
      }
      await writeFileAtomic(predictionsPath(out, training.key, split), predictionsCsv(predictions));
    }
  } finally {
    await network.pool.close();
  }
}
