// More epochs for a finished run: each of its trainings becomes an unfinished one, which resumes like any other.
import { rm } from "node:fs/promises";
import { InputError } from "../../core/errors.js";
import { findModel } from "../../core/models/index.js";
import { lastLayer } from "../../core/parameters.js";
import { readEntry, writeEntry } from "../../core/values.js";
import { terminalWords } from "../../report/text/terminal.js";
import { type Training, trainings } from "../../settings/settings.js";
import { loadModel } from "../../train/checkpoint.js";
import { freshState } from "../../train/loop.js";
import { createNetwork } from "../../train/network.js";
import { modelPath, predictionsPath } from "../folder.js";
import { saveRunFile } from "../run-file.js";
import type { Job } from "./job.js";
import { openSaving } from "./saving.js";
import { saveTraining } from "./training.js";

/**
 * Sets the number of epochs. A model's file has no state of Adam, so that the further epochs begin with a fresh one, and with the
 * learning rate that the schedule gives for the new number. Throws an InputError unless all trainings are finished.
 */
export async function extend(job: Job, epochs: number): Promise<void> {
  const { out, file, caller } = job;
  const done = file.options.epochs;
  if (epochs === done) return;
  if (epochs < done) {
    throw new InputError(
      `--epochs ${epochs}: the run in ${out} has ${done} epochs: give more, or start a new run with fewer in another folder.`,
    );
  }
  const all = trainings(file.options);
  if (!all.every(({ key }) => file.models[key])) {
    throw new InputError(
      `--epochs ${epochs}: the run in ${out} is not finished: resume it without --epochs first, then add epochs.`,
    );
  }
  caller.info(terminalWords(caller.language).continued(done, epochs));
  for (const training of all) await saveAsBegun(job, training);
  for (const { key } of all) {
    for (const split of ["test", "val"] as const) await rm(predictionsPath(out, key, split), { force: true });
  }
  file.continued = [...(file.continued ?? []), done];
  file.options = { ...file.options, epochs };
  file.models = {};
  delete file.finished;
  await saveRunFile(out, file);
}

async function saveAsBegun(job: Job, training: Training): Promise<void> {
  const { key, model, seed } = training;
  const { options, models } = job.file;
  job.caller.signal?.throwIfAborted();
  const network = createNetwork(findModel(model, options.hidden)!, { ...job.network, seed });
  try {
    await loadModel(network, modelPath(job.out, key));
    const { temperature = 1, epochs: history } = models[key];
    for (const entry of lastLayer(network.store)) {
      writeEntry(
        network,
        entry,
        readEntry(network, entry).map((w) => w * temperature),
      );
    }
    const state = { ...freshState(), history };
    const saving = await openSaving(job, key);
    await saving.training((path) => saveTraining(job, network, training, state, path));
  } finally {
    await network.pool.close();
  }
}
