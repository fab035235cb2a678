// One training of a job: its model, trained and saved; a stop saves where the training stands instead.
import { join } from "node:path";
import { findModel } from "../../core/models/index.js";
import { countParameters } from "../../core/parameters.js";
import { writeFileAtomic } from "../../node/files.js";
import { DEFAULTS, PRETRAINED_MODEL, recipeOf } from "../../settings/recipes.js";
import type { Training } from "../../settings/settings.js";
import { loadCheckpoint, loadModel, saveCheckpoint, saveModel } from "../../train/checkpoint.js";
import { freshState, type TrainOptions, type TrainState, train } from "../../train/loop.js";
import { createNetwork, type Network } from "../../train/network.js";
import { loadPretrained } from "../../train/pretrained.js";
import { modelPath } from "../folder.js";
import { interrupted, stoppable, stopRequested } from "../interrupt.js";
import { THRESHOLD, toMetadata } from "../model-facts.js";
import { saveRunFile } from "../run-file.js";
import { trainProgress } from "../watch/progress.js";
import { openWatch } from "../watch/watch.js";
import { createAutosave } from "./autosave.js";
import type { Job } from "./job.js";
import { openSaving, type Saving } from "./saving.js";
import { afterEpoch, calibrate } from "./validation.js";

/** The trained network, made ready from its file where the job has trained it before. The caller closes its pool. */
export async function trainedNetwork(job: Job, training: Training): Promise<Network> {
  const { key, model, seed } = training;
  const network = createNetwork(findModel(model)!, { ...job.network, seed });
  try {
    if (job.file.models[key]) await loadModel(network, modelPath(job.out, key));
    else
      await stoppable(
        () => network.pool.stop(),
        () => trainAndSave(job, network, training),
      );
    if (stopRequested()) throw interrupted(`after the training of ${key}`);
    return network;
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}

/** As the terminal names it. */
const titleOf = (job: Job, { model: { title } }: Network, { seed }: Training): string =>
  (job.file.options.seeds ?? []).length > 1 ? `${title}, seed ${seed}` : title;

async function trainAndSave(job: Job, network: Network, training: Training): Promise<void> {
  const { out, file, terminal } = job;
  const { key, model } = training;
  const title = titleOf(job, network, training);
  const params = countParameters(network.store);
  const { threads, variant } = job.network;
  terminal.say(`[${title}] ${params.toLocaleString("en-US")} parameters, ${threads} threads, ${variant}`);

  const saving = await openSaving(job, key);
  const { begun } = saving;
  const pretrained = model === PRETRAINED_MODEL && file.options.weights;
  if (pretrained) terminal.say(`[${title}] from ${pretrained.init}`);
  if (pretrained && !begun) loadPretrained(network, job.weights!.pretrained);
  const { epochs, lr } = file.options;
  const expected = { epochs, lr, steps: stepsAnEpoch(job) };
  const state = begun ? await loadCheckpoint(network, begun, expected) : freshState();
  await trainOn(job, network, training, state, saving);

  const { history } = state;
  const trainSeconds = history.reduce((sum, e) => sum + e.seconds, 0);
  terminal.say(`[${title}] Train Acc: ${history.at(-1)!.accuracy.toFixed(4)} | Time: ${trainSeconds.toFixed(1)} sec`);
  const temperature = recipeOf(file.options.recipe).calibrated ? await calibrate(job, network) : undefined;
  const metadata = metadataOf(job, training, temperature);
  const init = pretrained ? pretrained.init : "scratch";
  const trained = { params, init, trainSeconds, epochs: history, ...(temperature !== undefined && { temperature }) };
  const save = async () => {
    await saveModel(network, modelPath(out, key), stepsDone(job, state), metadata);
    await writeHistory(join(out, key), state);
    file.models[key] = trained;
    await saveRunFile(out, file);
  };
  await saving.result(save, (path) => saveTraining(job, network, training, state, path));
}

function saveTraining(job: Job, network: Network, training: Training, state: TrainState, path: string): Promise<void> {
  return saveCheckpoint(network, path, state, stepsDone(job, state), metadataOf(job, training));
}

/** Trains to the end, or saves the checkpoint and throws Interrupted. */
async function trainOn(job: Job, network: Network, training: Training, state: TrainState, saving: Saving): Promise<void> {
  const { out, terminal, dataset, file } = job;
  const { key, seed } = training;
  const { epochs, recipe } = file.options;
  const { balanced, schedule, augmentation } = recipeOf(recipe);
  const title = titleOf(job, network, training);
  const save = () => saving.training((path) => saveTraining(job, network, training, state, path));
  const stop = async () => {
    await save();
    throw interrupted(`in epoch ${state.history.length + 1} of ${key}, and saved`);
  };
  const autosave = createAutosave(save, 3 * 4 * countParameters(network.store), job.saveEvery);
  const watch = await openWatch(key, job.watch, terminal);
  const bar = terminal.bar();
  try {
    if (stopRequested()) await stop();
    const options: TrainOptions = {
      epochs,
      batchSize: job.network.batchSize,
      seed,
      balanced,
      schedule,
      augmentation,
      onStep(report) {
        bar.draw(trainProgress(title, report));
        watch.step(report);
        if (autosave.due()) network.pool.stop();
      },
      async onEpoch(epoch, result) {
        Object.assign(result, await afterEpoch(job, network));
        await saving.byTheWay(() => writeHistory(join(out, key), state));
        await watch.epoch(epoch, result);
        const { loss, accuracy, seconds } = result;
        const last = epoch + 1 === epochs;
        // Where an epoch is a single step, none of them is stopped.
        if (autosave.due() && !last) await autosave.save();
        if (!process.stderr.isTTY) {
          terminal.say(
            `[${title}] epoch ${epoch + 1}/${epochs} | loss ${loss.toFixed(4)} | acc ${accuracy.toFixed(4)} | ${seconds.toFixed(1)} s`,
          );
        }
        // Asked for after the epoch's last step, also while its files were being written: there was no step to end.
        if (stopRequested() && !last) await stop();
      },
    };
    while (await train(network, dataset.pixels.splits.train, state, options)) {
      if (stopRequested()) await stop();
      await autosave.save();
    }
  } finally {
    bar.stop();
    await watch.close();
  }
}

function metadataOf({ file }: Job, { model }: Training, temperature?: number): Record<string, string> {
  const { recipe = DEFAULTS.recipe, classes } = file.options;
  const { normalization } = recipeOf(recipe);
  return { format: "pt", model, ...toMetadata({ recipe, classes, normalization, temperature, threshold: THRESHOLD }) };
}

const stepsAnEpoch = ({ network, dataset }: Job): number =>
  Math.ceil(dataset.pixels.splits.train.images.length / network.batchSize);

const stepsDone = (job: Job, { history, step }: TrainState): number => history.length * stepsAnEpoch(job) + step;

async function writeHistory(folder: string, { history }: TrainState): Promise<void> {
  const lines = history.map((epoch, i) => `${JSON.stringify({ epoch: i + 1, ...epoch })}\n`);
  await writeFileAtomic(join(folder, "history.jsonl"), lines.join(""));
}
