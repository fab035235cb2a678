// Trains a run again from its settings and compares the weights after every epoch with the recorded hashes.
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InputError } from "../core/errors.js";
import { findModel } from "../core/models/index.js";
import { trainingNeeds } from "../data/needs.js";
import { withTensors } from "../formats/safetensors-file.js";
import { fileSha256 } from "../formats/weights.js";
import { hashOfFile } from "../node/files.js";
import { variantOf } from "../node/variant.js";
import { version } from "../node/version.js";
import { terminalWords } from "../report/text/terminal.js";
import type { EpochResults } from "../results/metrics.js";
import { PRETRAINED_MODEL } from "../settings/recipes.js";
import { loopOptions, type Settings, type Training, trainings } from "../settings/settings.js";
import { validationOf } from "../settings/validation.js";
import { freshState, train } from "../train/loop.js";
import { createNetwork, type NetworkOptions } from "../train/network.js";
import { loadPretrained } from "../train/pretrained.js";
import { fileHashes, type TensorHashes, tensorHashes, weightsHash } from "../train/weight-hashes.js";
import type { Caller } from "./caller.js";
import { type Dataset, decodeDataset, findDataset } from "./datasets/dataset.js";
import { modelPath, predictionsPath } from "./folder.js";
import { type RunFile, readRunFile } from "./run-file.js";
import { HISTORY_FILE, readLines, readTensorHashes, TENSORS_FILE } from "./training/history.js";
import { networkOptions, planNetworks } from "./training/networks.js";
import { chosenWeights, type Weights } from "./training/weights.js";
import { trainProgress } from "./watch/progress.js";

export interface VerifyOptions {
  /** Compare this many epochs of each training; default: all. */
  epochs?: number | undefined;
  /** Models to compare; default: all of the run. */
  models?: string[] | undefined;
  /** The dataset, if it is at another place than in the run. */
  data?: string | undefined;
  /** The initial weights, likewise. */
  weights?: string | undefined;
  threads: number;
}

/** What was compared of a training. */
export interface VerifiedTraining {
  /** Epochs whose weights have the recorded bits. */
  same: number;
  /** Epochs of the training. */
  of: number;
  /** The first difference. */
  difference?: Difference | undefined;
}

export interface Difference {
  /** From 1. */
  epoch: number;
  /** The first tensor that differs, in the model's order; undefined: the run has no hashes of tensors for this epoch. */
  tensor?: string | undefined;
}

export interface Verification {
  /** Files that are not what the run wrote, in sentences. */
  faults: string[];
  /** By training key. */
  trainings: Record<string, VerifiedTraining>;
  /** Versions of pulmo that made the run (unknown for one that was not evaluated) and the comparison. */
  versions: { run: string | undefined; here: string };
}

export const isVerified = ({ faults, trainings: all }: Verification): boolean =>
  faults.length === 0 && Object.values(all).every(({ difference }) => !difference);

/** Throws an InputError that says what makes a comparison impossible. Writes nothing. */
export async function verifyRun(run: string, options: VerifyOptions, caller: Caller): Promise<Verification> {
  const file = await readRunFile(run);
  const chosen = chosenTrainings(run, file, options.models);
  const faults = (await Promise.all(chosen.map((training) => faultsOf(run, file, training)))).flat();
  const variant = variantFor(run, file, chosen);
  const settings = { ...file.options, data: options.data ?? file.options.data };
  const dataset = await sameDataset(run, file, settings, options.threads, caller);
  try {
    const machine = { threads: options.threads, variant, explanationBatch: 0 };
    const network = networkOptions(settings, machine, dataset.pixels.splits.train.images.length);
    const weights = await sameWeights(run, file, chosen, network, options.weights, caller);
    const verified: Verification["trainings"] = {};
    for (const training of chosen) {
      const recorded = { epochs: file.models[training.key].epochs, tensors: await readTensorHashes(join(run, training.key)) };
      verified[training.key] = await trainAgain(
        { training, settings, dataset, network, weights, recorded, caller },
        options.epochs,
      );
    }
    return { faults, trainings: verified, versions: { run: file.finished?.environment.pulmo, here: version } };
  } finally {
    await dataset.pixels.close();
  }
}

function chosenTrainings(run: string, { options, models, continued }: RunFile, wanted: string[] | undefined): Training[] {
  if (continued) {
    throw new InputError(
      `verify cannot repeat the run in ${run}: after epoch ${continued.join(" and ")} it was continued with a fresh state of Adam. Verify a run that was trained in one piece.`,
    );
  }
  const unknown = wanted?.find((model) => !options.models.includes(model));
  if (unknown !== undefined) {
    throw new InputError(`--models: the run in ${run} has no ${unknown}: give some of ${options.models.join(", ")}.`);
  }
  const all = trainings(options).filter(({ key, model }) => models[key] && (wanted ?? [model]).includes(model));
  if (all.length === 0) throw new InputError(`${run} has no completed training: complete it with --resume first.`);
  const old = all.find(({ key }) => models[key].epochs.some(({ sha256, rounding }) => !sha256 || !rounding));
  if (old) {
    throw new InputError(
      `${run} records no hashes of the weights of ${old.key}: it was trained by an older version of pulmo. Train it again.`,
    );
  }
  return all;
}

/** Files of the training that have changed since the run wrote them. */
async function faultsOf(run: string, { models }: RunFile, { key }: Training): Promise<string[]> {
  const { sha256: hashes, epochs } = models[key];
  const folder = join(run, key);
  const faults: string[] = [];
  const files = [
    [modelPath(run, key), hashes?.model],
    [predictionsPath(run, key, "val"), hashes?.val],
    [predictionsPath(run, key, "test"), hashes?.test],
  ] as const;
  for (const [path, recorded] of files) {
    if (recorded === undefined) continue;
    const found = await hashOfFile(path).catch(() => undefined);
    if (found === undefined) faults.push(`${path} cannot be read.`);
    else if (found !== recorded) faults.push(`${path} has changed: its SHA-256 is not the one in run.json.`);
  }
  const lines = (await readLines(join(folder, HISTORY_FILE))).map((line) => parsed(line));
  if (
    !isDeepStrictEqual(
      lines,
      epochs.map((epoch, i) => ({ epoch: i + 1, ...epoch })),
    )
  ) {
    faults.push(`${join(folder, HISTORY_FILE)} has changed: it differs from run.json.`);
  }
  const tensors = await readTensorHashes(folder);
  // Lines may be missing: a full disk does not stop a training.
  const changed = epochs.findIndex(({ sha256 }, i) => tensors.has(i + 1) && weightsHash(tensors.get(i + 1)!) !== sha256);
  if (changed >= 0) {
    faults.push(`${join(folder, TENSORS_FILE)} has changed: epoch ${changed + 1} does not have the hash in run.json.`);
  }
  const last = tensors.get(epochs.length);
  if (last && changed < 0) {
    const inFile = await withTensors(modelPath(run, key), (reader) => fileHashes(reader, Object.keys(last))).catch(
      () => undefined,
    );
    const tensor = inFile && firstDifference(last, inFile);
    if (tensor !== undefined)
      faults.push(`${modelPath(run, key)} does not hold the weights of the last epoch: ${tensor} differs.`);
  }
  return faults;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const firstDifference = (a: TensorHashes, b: TensorHashes): string | undefined =>
  Object.keys(a).find((name) => a[name] !== b[name]);

/** The kernels that round as those of the run. */
function variantFor(run: string, { models }: RunFile, chosen: Training[]) {
  const roundings = new Set(chosen.flatMap(({ key }) => models[key].epochs.map(({ rounding }) => rounding!)));
  if (roundings.size > 1) {
    throw new InputError(
      `${run} was trained in parts by kernels that round differently (${[...roundings].join(", ")}), so it cannot be repeated: train it again.`,
    );
  }
  const [rounding] = roundings;
  const variant = variantOf(rounding);
  if (variant) return variant;
  throw new InputError(
    `${run} was trained by ${rounding} kernels, which this machine lacks: use a processor with fused multiply-add.`,
  );
}

async function sameDataset(run: string, file: RunFile, settings: Settings, threads: number, caller: Caller): Promise<Dataset> {
  const { data, classes, limit, strict, anyBodyPart } = settings;
  const validation = validationOf(settings);
  const needs = trainingNeeds({ tested: false, ownVal: validation === undefined });
  const manifest = await findDataset({ data, classes, limit, needs }, caller);
  const dataset = await decodeDataset(
    manifest,
    { data, classes, limit, strict, anyBodyPart, threads, validation, needs },
    caller,
  );
  const { manifestSha256, root } = dataset.facts;
  if (manifestSha256 === file.manifestSha256) return dataset;
  await dataset.pixels.close();
  throw new InputError(`The images in ${root} are not those of the run in ${run}: name the same dataset with --data.`);
}

async function sameWeights(
  run: string,
  { options: settings }: RunFile,
  chosen: Training[],
  network: NetworkOptions,
  given: string | undefined,
  caller: Caller,
): Promise<Weights | undefined> {
  const { weights: known } = settings;
  if (!known || chosen.every(({ model }) => model !== PRETRAINED_MODEL)) return undefined;
  const path = given ?? known.path;
  if ((await fileSha256(path)) !== known.sha256) {
    throw new InputError(`${path} is not the file that the run in ${run} started from: name that file with --weights.`);
  }
  return chosenWeights({ settings, weights: path }, planNetworks({ models: [PRETRAINED_MODEL] }, network), caller);
}

interface Again {
  training: Training;
  settings: Settings;
  dataset: Dataset;
  network: NetworkOptions;
  weights: Weights | undefined;
  recorded: { epochs: EpochResults[]; tensors: Map<number, TensorHashes> };
  caller: Caller;
}

/** Stops at the first epoch that differs. */
async function trainAgain(
  { training: { key, model, seed }, settings, dataset, network: options, weights, recorded, caller }: Again,
  most = Infinity,
): Promise<VerifiedTraining> {
  const network = createNetwork(findModel(model, settings.hidden)!, { ...options, seed });
  const of = recorded.epochs.length;
  const result: VerifiedTraining = { same: 0, of };
  const enough = new AbortController();
  const bar = caller.bar();
  try {
    if (model === PRETRAINED_MODEL && weights) loadPretrained(network, weights.pretrained);
    await train(network, dataset.pixels.splits.train, freshState(), {
      ...{ ...loopOptions(settings), batchSize: options.batchSize, seed },
      signal: caller.signal ? AbortSignal.any([caller.signal, enough.signal]) : enough.signal,
      onStep: (report) => bar.draw(trainProgress(terminalWords(caller.language), key, report)),
      onEpoch(epoch) {
        const tensors = tensorHashes(network);
        if (weightsHash(tensors) === recorded.epochs[epoch].sha256) result.same++;
        else {
          const known = recorded.tensors.get(epoch + 1);
          result.difference = { epoch: epoch + 1, tensor: known && firstDifference(known, tensors) };
        }
        if (result.difference || result.same >= Math.min(most, of)) enough.abort();
      },
    });
    caller.signal?.throwIfAborted();
    return result;
  } finally {
    bar.stop();
    await network.pool.close();
  }
}
