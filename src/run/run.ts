// A whole run: all trainings, their predictions, metrics.json and the report.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "../core/errors.js";
import { scoreOf } from "../eval/log-odds.js";
import { type PredictionRow, type Predictions, predictionsCsv, sameImages } from "../eval/predictions.js";
import { hashOfFile, writeFileAtomic } from "../node/files.js";
import { commit } from "../node/version.js";
import type { PlotFormat } from "../report/plots/formats.js";
import type { Language } from "../report/text/languages.js";
import { terminalWords } from "../report/text/terminal.js";
import { isMadeFrom } from "../results/file-hashes.js";
import type { DatasetFacts, RunResults } from "../results/metrics.js";
import { PICTURES_FILE, picturePath } from "../results/picture-list.js";
import { STRESS_FILE, type StressResults } from "../results/stress-results.js";
import { recipeOf } from "../settings/recipes.js";
import { type Training, trainings } from "../settings/settings.js";
import type { Network } from "../train/network.js";
import { findUnusual } from "../train/unusual.js";
import type { Caller } from "./caller.js";
import { environment } from "./environment.js";
import { modelPath, predictionsPath } from "./folder.js";
import { hasForeignPictures, hasForeignStress, replacedPredictions } from "./own-files.js";
import { runResults } from "./results.js";
import { saveRunFile } from "./run-file.js";
import { writePictures } from "./scoring/draw-pictures.js";
import { readPredictions, scores } from "./scoring/predictions.js";
import { readStress, stressImages, writeStress } from "./scoring/stress-tests.js";
import { type Job, openJob, type Request } from "./training/job.js";
import { trainedNetwork } from "./training/training.js";

export interface ReportStyle {
  language?: Language | undefined;
  plots?: readonly PlotFormat[] | undefined;
}

/** Returns the content of metrics.json. Steps that an earlier call has finished are skipped. */
export async function runAll(request: Request, { language, plots }: ReportStyle = {}, caller: Caller): Promise<RunResults> {
  const job = await openJob(request, caller);
  try {
    const { out, file } = job;
    const all = trainings(file.options);
    for (const training of all) await complete(job, training);
    await markFinished(job);
    const keys = all.map(({ key }) => key);
    const predictions = await readPredictions(out, keys, file.options.classes);
    checkImages(job, predictions);
    const facts = { ...job.dataset.facts, ...(await unusualImages(job)) };
    const results = runResults(file, facts, { predictions, stress: await ownStress(job) });
    await writeFileAtomic(join(out, "metrics.json"), `${JSON.stringify(results, null, 1)}\n`);
    // Dynamic import: the plotting library takes half a second to load.
    const { writeReport } = await import("../report/write.js");
    await writeReport(out, results, language, undefined, plots);
    return results;
  } finally {
    await job.close();
  }
}

/** The splits that are scored, in the order in which their predictions are written. */
const SPLITS = ["val", "test"] as const;

/** What metrics.json tells of images unlike the training images. */
async function unusualImages({ unusual, dataset: { pixels } }: Job): Promise<Pick<DatasetFacts, "unusual">> {
  const statistics = await unusual();
  if (!statistics) return {};
  const find = (split: "val" | "test") => findUnusual(pixels.splits[split], pixels.size, statistics);
  return { unusual: { val: await find("val"), test: await find("test") } };
}

/** Predictions of an earlier process may have been replaced by those of another run. */
function checkImages({ out, dataset: { pixels } }: Job, predictions: Predictions): void {
  for (const [key, bySplit] of Object.entries(predictions)) {
    for (const split of SPLITS) {
      if (sameImages(bySplit[split], pixels.splits[split].images)) continue;
      const [path, marker] = [predictionsPath(out, key, split), predictionsPath(out, key, "test")];
      throw new InputError(
        `${path} is not of the images and labels of this run: remove ${marker} and resume, to score them again.`,
      );
    }
  }
}

/** Trains and scores one model, unless that is done. Files that belong to something else are made again. */
async function complete(job: Job, training: Training): Promise<void> {
  const { out, file, caller } = job;
  const { key, model } = training;
  const hashes = file.models[key]?.sha256;
  const missing = await replacedPredictions(out, key, hashes);
  for (const split of missing) {
    const path = predictionsPath(out, key, split);
    if (hashes?.[split] !== undefined && existsSync(path))
      caller.warn(`Warning: ${path} is not the file that this run wrote: its images are scored again.`);
  }
  if (missing.length > 0) return trainAndPredict(job, training);
  if (key !== model) return;
  const foreign = { pictures: await hasForeignPictures(out, model, hashes), stress: await hasForeignStress(out, model, hashes) };
  const isMissing = (name: string) => !existsSync(join(out, model, name));
  const derived = {
    pictures: Boolean(job.network.explanationBatch) && (foreign.pictures || isMissing(PICTURES_FILE)),
    stress: file.options.stress !== false && (foreign.stress || isMissing(STRESS_FILE)),
  };
  if (!job.network.explanationBatch) await removePictures(out, model);
  if (!derived.pictures && !derived.stress) return;
  const replaced = [
    ...(derived.pictures && foreign.pictures ? [PICTURES_FILE] : []),
    ...(derived.stress && foreign.stress ? [STRESS_FILE] : []),
  ];
  for (const name of replaced)
    caller.warn(`Warning: ${join(out, model, name)} is of another model or other predictions: it is made again.`);
  const { test } = (await readPredictions(out, [key], file.options.classes))[key];
  const network = await trainedNetwork(job, training);
  await derive(job, network, test, derived).finally(() => network.pool.close());
}

/** After --resume --no-pictures. The list goes first: a report never shows a part of them. */
async function removePictures(out: string, model: string): Promise<void> {
  await rm(join(out, model, PICTURES_FILE), { force: true });
  await rm(join(out, dirname(picturePath(model, 1))), { recursive: true, force: true });
}

/** Trains one model unless that is done, and writes its predictions. The first seed also gets pictures and stress tests. */
async function trainAndPredict(job: Job, training: Training): Promise<void> {
  const { out, file, dataset, caller } = job;
  const { key, model } = training;
  const network = await trainedNetwork(job, training);
  try {
    const predict = async (split: "val" | "test"): Promise<PredictionRow[]> => {
      const rows = dataset.pixels.splits[split];
      const logOdds = await scores(network, rows, terminalWords(caller.language).bar.splits[split], caller);
      return rows.images.map(({ file, label }, i) => ({ file, label, ...scoreOf(logOdds[i]) }));
    };
    const rows = { val: await predict("val"), test: await predict("test") };
    const csv = SPLITS.map((split) => predictionsCsv(rows[split], file.options.classes));
    const [val, test] = csv.map(sha256);
    const trained = file.models[key];
    file.models[key] = { ...trained, sha256: { model: await hashOfModel(job, key), val, test } };
    // Recorded before they are written: a file with another hash is of something else.
    await saveRunFile(out, file);
    await writeFileAtomic(predictionsPath(out, key, "val"), csv[0]);
    // Must precede the test predictions, which mark the training as done for --resume.
    if (key === model) await derive(job, network, rows.test, { pictures: true, stress: true });
    await writeFileAtomic(predictionsPath(out, key, "test"), csv[1]);
  } finally {
    await network.pool.close();
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A run that an earlier version began has none recorded. */
const hashOfModel = async ({ out, file }: Job, key: string): Promise<string> =>
  file.models[key].sha256?.model ?? hashOfFile(modelPath(out, key));

/** The files made from a model and its test predictions, as far as they are chosen and the run's settings ask for them. */
async function derive(
  { out, file, dataset, network: { explanationBatch }, caller }: Job,
  network: Network,
  predictions: PredictionRow[],
  chosen: { pictures: boolean; stress: boolean },
): Promise<void> {
  const { readImage, pixels } = dataset;
  const { recipe, epochs } = file.options;
  const { stressImages: most } = recipeOf(recipe);
  const { model, test } = file.models[network.model.name].sha256 ?? {};
  const madeFrom = model === undefined || test === undefined ? undefined : { model, test };
  const sources = { out, network, rows: pixels.splits.test, predictions, madeFrom, caller };
  if (chosen.pictures && explanationBatch) await writePictures({ ...sources, readImage });
  if (chosen.stress && file.options.stress !== false)
    await writeStress({ ...sources, most: stressImages({ most, epochs, trainImages: pixels.splits.train.images.length }) });
}

/** The stress tests, without those that somebody else made. */
async function ownStress({ out, file, caller }: Job): Promise<Record<string, StressResults | undefined>> {
  if (file.options.stress === false) return {};
  const found = await readStress(out, file.options.models);
  for (const [model, stress] of Object.entries(found)) {
    if (!stress || isMadeFrom(stress, file.models[model].sha256)) continue;
    caller.warn(`Warning: ${join(out, model, STRESS_FILE)} is of another model or other predictions: it is left out.`);
    found[model] = undefined;
  }
  return found;
}

/** Recorded once, so that a report made later shows the same facts. */
async function markFinished({ out, file, network: { threads, variant } }: Job): Promise<void> {
  if (file.finished) return;
  file.finished = { at: new Date().toISOString(), environment: environment(threads, variant), commit: commit() };
  await saveRunFile(out, file);
}
