// What `run` and `train` share: a checked, opened job, whose folder exists only after nothing can be refused any more.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Manifest } from "../data/types.js";
import type { Language } from "../report/text/index.js";
import { findModel } from "../core/models/index.js";
import { InputError } from "../core/errors.js";
import { makeWritableFolder } from "../node/files.js";
import { planNetwork, type NetworkOptions } from "../train/network.js";
import { chooseVariant } from "../node/variant.js";
import { decodeDataset, findDataset, type Dataset } from "./dataset.js";
import { EXAMPLES } from "../pictures/choose.js";
import { advise } from "./interrupt.js";
import { DEFAULTS, IMAGE_SIZE } from "./options.js";
import { PROGRAM, quoted } from "./program.js";
import {
  checkFree, checkpointPath, defaultFolder, readRunFile, saveRunFile, trainings, unwritable, type RunFile, type Settings,
} from "./run-folder.js";
import { cachedWeights } from "./fetch-weights.js";
import { createTerminal, type Terminal } from "./terminal.js";
import { openWeights, PRETRAINED_MODEL, reopenWeights, type Weights } from "./weights.js";

/** As typed: undefined is "not given". */
export interface JobOptions {
  data: string | undefined;
  limit: number | undefined;
  strict: boolean;
  models: string[] | undefined;
  epochs: number | undefined;
  "batch-size": number | undefined;
  lr: number | undefined;
  seed: number | undefined;
  seeds: number[] | undefined;
  "val-split": number | undefined;
  "target-recall": number | undefined;
  weights: string | undefined;
  pictures: boolean;
  /** Of `run`. */
  lang?: Language | undefined;
  threads: number;
  out: string | undefined;
  resume: string | undefined;
  quiet: boolean;
  json: boolean;
}

export interface Job {
  out: string;
  file: RunFile;
  dataset: Dataset;
  network: NetworkOptions;
  /** Where resnet18 is still to be started from weights. */
  weights: Weights | undefined;
  terminal: Terminal;
}

export async function openJob(command: "run" | "train", given: JobOptions): Promise<Job> {
  const terminal = createTerminal(given.quiet);
  const variant = chooseVariant();
  if (given.resume !== undefined) refuseSettings(given);
  const previous = given.resume === undefined ? undefined : await readRunFile(given.resume);
  const out = given.resume ?? given.out ?? defaultFolder();
  if (!previous) await checkFree(out);
  const settings = previous?.options ?? settingsOf(given);
  const explanationBatch = command === "run" && settings.pictures !== false ? EXAMPLES : 0;
  const describe = (images: Manifest["images"]) =>
    describeNetwork(settings, { threads: given.threads, variant, explanationBatch }, images.train.length);
  const { valSplit: share, seed } = settings;
  const decoding = { ...settings, threads: given.threads, validation: share === undefined ? undefined : { share, seed } };

  const manifest = await findDataset(decoding, terminal);
  const weights = await weightsOf(given, previous, out, settings.models, describe(manifest.images));
  if (!previous) settings.weights = weights?.setting;
  const dataset = await decodeDataset(manifest, decoding, terminal);
  try {
    const { train, val, test } = dataset.pixels.splits;
    const network = describe({ train: train.images, val: val.images, test: test.images });
    if (network.batchSize < settings.batchSize) {
      terminal.say(`Note: a step takes all ${network.batchSize} training images, not --batch-size ${settings.batchSize}.`);
    }
    const { manifestSha256 } = dataset.facts;
    const file = previous ?? { schema: 1, options: settings, startedAt: new Date().toISOString(), manifestSha256, models: {} };
    if (file.manifestSha256 !== manifestSha256) {
      throw new InputError(`The images in ${manifest.root} are not those that ${out} was started with: use the same dataset to resume.`);
    }
    await makeWritableFolder(out).catch((error) => {
      throw unwritable(out, error);
    });
    await saveRunFile(out, file);
    advise(`Go on with: ${PROGRAM} ${command} --resume ${quoted(out)}`);
    return { out, file, dataset, network, weights, terminal };
  } catch (error) {
    await dataset.pixels.close();
    throw error;
  }
}

/** A resumed run keeps its settings: different ones would be ignored, so they are refused. */
function refuseSettings(given: JobOptions): void {
  const kept = ["out", "data", "limit", "strict", "models", "epochs", "batch-size", "lr", "seed", "seeds", "val-split", "target-recall", "weights"] as const;
  const typed = given.pictures ? kept.find((name) => given[name] !== undefined && given[name] !== false) : "no-pictures";
  if (typed) throw new InputError(`--resume goes on with the settings that ${given.resume} was started with: leave out --${typed}.`);
}

/** Read before anything is written: a file that does not fit is refused at once. */
async function weightsOf(
  given: JobOptions, previous: RunFile | undefined, out: string, models: string[], network: NetworkOptions,
): Promise<Weights | undefined> {
  if (!previous) {
    const path = given.weights ?? (models.includes(PRETRAINED_MODEL) && existsSync(cachedWeights()) ? cachedWeights() : "none");
    return path === "none" ? undefined : openWeights(path, models, network);
  }
  const { weights } = previous.options;
  const unstarted = trainings(previous.options).some(({ key, model }) =>
    model === PRETRAINED_MODEL && !previous.models[key] && !existsSync(checkpointPath(out, key)));
  return weights && unstarted ? reopenWeights(weights, models, network) : undefined;
}

function settingsOf(given: JobOptions): Settings {
  const { data, limit, strict, seeds, pictures } = given;
  if (seeds && given.seed !== undefined) throw new InputError("--seed and --seeds are given: leave one of them out.");
  const { models = DEFAULTS.models, epochs = DEFAULTS.epochs, lr = DEFAULTS.lr, seed = seeds?.[0] ?? DEFAULTS.seed } = given;
  const batchSize = given["batch-size"] ?? DEFAULTS.batchSize;
  return {
    data: data === undefined ? undefined : resolve(data), limit, strict, models, epochs, batchSize, lr, seed, seeds,
    valSplit: given["val-split"], targetRecall: given["target-recall"], pictures,
  };
}

/** The same for all models; throws where one of them does not fit into memory. */
function describeNetwork(
  { models, batchSize, seed, lr }: Settings, machine: Pick<NetworkOptions, "threads" | "variant" | "explanationBatch">, trainImages: number,
): NetworkOptions {
  const images = Math.min(batchSize, trainImages);
  const options = { ...machine, batchSize: images, lastBatchSize: trainImages % images, imageSize: IMAGE_SIZE, seed, lr };
  for (const name of models) planNetwork(findModel(name)!, options);
  return options;
}
