// One training of a job: trains the model and saves it. An aborted training is saved in its current state.
import { join } from "node:path";
import { findModel } from "../../core/models/index.js";
import { countParameters } from "../../core/parameters.js";
import { stoppable } from "../../core/stoppable.js";
import { hashOfFile, writeFileAtomic } from "../../node/files.js";
import { roundingOf } from "../../node/variant.js";
import { terminalWords } from "../../report/text/terminal.js";
import { DEFAULTS, PRETRAINED_MODEL, recipeOf } from "../../settings/recipes.js";
import { loopOptions, type Training } from "../../settings/settings.js";
import { loadCheckpoint, loadModel, saveCheckpoint, saveModel } from "../../train/checkpoint.js";
import { freshState, type TrainOptions, type TrainState, train } from "../../train/loop.js";
import { createNetwork, type Network } from "../../train/network.js";
import { loadPretrained } from "../../train/pretrained.js";
import { calibrate, validate, validationScores } from "../../train/validation.js";
import { type TensorHashes, tensorHashes, weightsHash } from "../../train/weight-hashes.js";
import { modelPath } from "../folder.js";
import { type ModelFacts, modelMetadata } from "../model-facts.js";
import { runIdOf, saveRunFile } from "../run-file.js";
import { trainProgress } from "../watch/progress.js";
import { openWatch } from "../watch/watch.js";
import { createAutosave } from "./autosave.js";
import { HISTORY_FILE, writeTensorHashes } from "./history.js";
import type { Job } from "./job.js";
import { openSaving, type Saving } from "./saving.js";

/** The trained network, loaded from its file if this run has trained it before. The caller closes its pool. */
export async function trainedNetwork(job: Job, training: Training): Promise<Network> {
  const { key, model, seed } = training;
  const network = createNetwork(findModel(model, job.file.options.hidden)!, { ...job.network, seed });
  try {
    if (job.file.models[key]) await loadModel(network, modelPath(job.out, key));
    else {
      // A completed training is saved before an abort takes effect.
      await stoppable(
        job.caller.signal,
        () => {},
        () => trainAndSave(job, network, training),
      );
    }
    job.caller.signal?.throwIfAborted();
    return network;
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}

const titleOf = (job: Job, { model: { title } }: Network, { seed }: Training): string =>
  (job.file.options.seeds ?? []).length > 1 ? `${title}, seed ${seed}` : title;

async function trainAndSave(job: Job, network: Network, training: Training): Promise<void> {
  const { out, file, caller } = job;
  const { key, model } = training;
  const title = titleOf(job, network, training);
  const params = countParameters(network.store);
  const words = terminalWords(caller.language);
  const { threads, variant } = job.network;
  caller.info(`[${title}] ${words.begins(params, threads, variant)}`);

  const saving = await openSaving(job, key);
  const { begun } = saving;
  const pretrained = model === PRETRAINED_MODEL && file.options.weights;
  if (pretrained) caller.info(`[${title}] ${words.from(pretrained.init)}`);
  if (pretrained && !begun) loadPretrained(network, job.weights!.pretrained);
  const { epochs, lr } = file.options;
  const expected = { epochs, lr, steps: stepsPerEpoch(job), run: runOf(job, training) };
  const state = begun ? await loadCheckpoint(network, begun, expected) : freshState();
  const hashed = await trainOn(job, network, training, state, saving);

  const { history } = state;
  const trainSeconds = history.reduce((sum, e) => sum + e.seconds, 0);
  caller.info(`[${title}] ${words.ends(history.at(-1)!.accuracy, trainSeconds)}`);
  const temperature = recipeOf(file.options.recipe).calibrated ? await calibrate(network, job.validation) : undefined;
  const conformal = await validationScores(network, job.validation);
  const metadata = metadataOf(job, training, { temperature, unusual: await job.unusual(), conformal });
  const init = pretrained ? pretrained.init : "scratch";
  const trained = { params, init, trainSeconds, epochs: history, ...(temperature !== undefined && { temperature }) };
  const save = async () => {
    await saveModel(network, modelPath(out, key), stepsDone(job, state), metadata);
    // Calibration has changed the weights since the last epoch.
    const tensors = temperature === undefined ? hashed : undefined;
    await writeHistory(join(out, key), state, tensors ?? tensorHashes(network));
    file.models[key] = { ...trained, sha256: { model: await hashOfFile(modelPath(out, key)) } };
    await saveRunFile(out, file);
  };
  await saving.result(save, (path) => saveTraining(job, network, training, state, path));
}

export function saveTraining(job: Job, network: Network, training: Training, state: TrainState, path: string): Promise<void> {
  return saveCheckpoint(network, path, state, stepsDone(job, state), { ...metadataOf(job, training), run: runOf(job, training) });
}

/** Recorded in checkpoints. */
const runOf = ({ file }: Job, { key }: Training): string => `${runIdOf(file)} ${key}`;

/**
 * Trains all epochs. Returns the hashes of the weights after the last one, unless an earlier process has trained it. On abort: saves the
 * checkpoint and throws the signal's reason.
 */
async function trainOn(
  job: Job,
  network: Network,
  training: Training,
  state: TrainState,
  saving: Saving,
): Promise<TensorHashes | undefined> {
  const { out, caller, dataset, file } = job;
  const { signal } = caller;
  const { key, seed } = training;
  const { epochs } = file.options;
  const title = titleOf(job, network, training);
  const words = terminalWords(caller.language);
  const save = () => saving.training((path) => saveTraining(job, network, training, state, path));
  const autosave = createAutosave(save, 3 * 4 * countParameters(network.store), job.saveEvery);
  const watch = await openWatch(key, job.watch, caller);
  const bar = caller.bar();
  let hashed: TensorHashes | undefined;
  const options: TrainOptions = {
    ...{ ...loopOptions(file.options), batchSize: job.network.batchSize, seed, signal },
    onStep(report) {
      bar.draw(trainProgress(words, title, report));
      watch.step(report);
      job.onStep?.(report, key);
      if (autosave.due()) network.pool.stop();
    },
    async onEpoch(epoch, result) {
      const tensors = tensorHashes(network);
      hashed = tensors;
      Object.assign(result, await validate(network, job.validation), {
        sha256: weightsHash(tensors),
        rounding: roundingOf(job.network.variant),
      });
      await saving.byTheWay(() => writeHistory(join(out, key), state, tensors));
      await watch.epoch(epoch, result);
      // An epoch of one step has no state between steps.
      if (autosave.due() && epoch + 1 < epochs) await autosave.save();
      if (caller.interactive) return;
      caller.info(`[${title}] ${words.epoch(epoch + 1, epochs, result)}`);
    },
  };
  try {
    while (await train(network, dataset.pixels.splits.train, state, options)) {
      await autosave.save();
      if (!signal?.aborted) continue;
      caller.warn(`[${title}] ${words.interrupted(state.history.length + 1, epochs)}`);
      throw signal.reason;
    }
    return hashed;
  } finally {
    bar.stop();
    await watch.close();
  }
}

const metadataOf = (
  { file }: Job,
  { model }: Training,
  fitted: Pick<ModelFacts, "temperature" | "unusual" | "conformal"> = {},
): Record<string, string> => {
  const { recipe = DEFAULTS.recipe, classes } = file.options;
  return modelMetadata(model, { recipe, classes, ...fitted });
};

const stepsPerEpoch = ({ network, dataset }: Job): number =>
  Math.ceil(dataset.pixels.splits.train.images.length / network.batchSize);

const stepsDone = (job: Job, { history, step }: TrainState): number => history.length * stepsPerEpoch(job) + step;

async function writeHistory(folder: string, { history }: TrainState, tensors: TensorHashes): Promise<void> {
  const lines = history.map((epoch, i) => `${JSON.stringify({ epoch: i + 1, ...epoch })}\n`);
  await writeFileAtomic(join(folder, HISTORY_FILE), lines.join(""));
  await writeTensorHashes(folder, history.length, tensors);
}
