// train and evaluate in Node.
import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { MODELS } from "../core/models/index.js";
import type { Trained } from "../core/record.js";
import { MEMORY, type MemoryImage } from "../data/in-memory.js";
import { type Needs, trainingNeeds } from "../data/needs.js";
import { physicalCores } from "../node/cores.js";
import { chooseVariant, type Variant } from "../node/variant.js";
import { type Caller, type CallOptions, callerOf } from "../run/caller.js";
import { fetchedData } from "../run/datasets/fetched-data.js";
import { SAMPLE_FOLDER } from "../run/datasets/sample.js";
import { modelPath } from "../run/folder.js";
import { readRunFile } from "../run/run-file.js";
import { withBar } from "../run/scoring/predictions.js";
import type { Request } from "../run/training/job.js";
import { networkOptions } from "../run/training/networks.js";
import { trainAll } from "../run/training/train.js";
import { chosenWeights } from "../run/training/weights.js";
import { changesIn, checkSettings, refuseChanges, resolveSettings, type TrainSettings } from "../settings/resolve.js";
import { type Settings, trainings } from "../settings/settings.js";
import { validationOf } from "../settings/validation.js";
import { planNetwork } from "../train/network.js";
import { loadPretrained } from "../train/pretrained.js";
import { createModel, type Model, storedCheckpoint } from "./node-models.js";
import { nodeRuntime } from "./node-runtime.js";
import { type Dataset, type DatasetSplit, datasetFor, isDataset, openDataset } from "./open-dataset.js";
import { effortOf } from "./run.js";
import type { Runtime } from "./runtime.js";
import { definitionOf, type Evaluation, evaluateInMemory, trainInMemory } from "./session.js";
import { storedFromState } from "./session-state.js";
import { hiddenIn, type StoredModel, storedOf } from "./stored-model.js";
import { startTraining, type Training, type TrainingEvents, type TrainingState } from "./training.js";

/** The settings of `pulmo run` in camel case, with the same defaults, checks and messages. */
export interface TrainOptions extends Omit<TrainSettings, "data" | "models" | "seeds" | "weights">, CallOptions {
  /** "logistic", "dnn", "resnet18", or a definition of your own. */
  model?: string | ModelDefinition | undefined;
  /** An open dataset, or what openDataset takes. Default: the dataset of `data fetch`, else the sample. */
  data?: Dataset | string | { images: readonly MemoryImage[] } | undefined;
  /** Weights to start from: a file of ImageNet weights for resnet18, "none", or a model to train further. */
  weights?: string | Model | undefined;
  /** Parameters to train; default: all. */
  trained?: Trained | undefined;
  /** Continues an aborted training: its `training.state`. */
  state?: TrainingState | undefined;
  /** Continues the training in this folder (`out` of an earlier call, or of the command line). */
  resume?: string | undefined;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
}

/**
 * Trains a model. With `out`, the training is saved in that folder, as by `pulmo train`; otherwise it stays in memory. The
 * handle's result rejects with an InputError if the options are not usable, and with the signal's reason if it aborts.
 */
export const train = (options: TrainOptions): Training<Model> => startTraining((events) => trainWith(options, events));

/** Runs the training and reports to the handle. */
export async function trainWith(options: TrainOptions, events: TrainingEvents): Promise<Model> {
  const { model, data, weights, trained, state, resume, wasm, reporter, signal, ...rest } = options;
  const given = checkSettings({ ...rest, ...(typeof weights === "string" && { weights }) });
  const caller = callerOf({ reporter, signal });
  if (resume !== undefined) return resumeFolder(resume, given, options, events, caller);
  const definition = definitionOf(model, given.hidden, hiddenIn(weights));
  const models = typeof model === "string" || MODELS.includes(definition) ? [definition.name] : undefined;
  const named = { ...given, data: nameOf(data), models };
  const resolved = resolveSettings(named, { fetchedData: data === undefined ? fetchedData() : undefined, absolute });
  const settings: Settings = { ...resolved, models: [definition.name] };
  if (given.out !== undefined && (!models || state || trained === "classifier" || typeof weights === "object")) {
    throw new InputError("--out is only for new trainings of pulmo's models: remove it, and save the result.");
  }
  const source = isDataset(data) ? data : await openFor(data, settings, given, caller);
  try {
    const dataset = datasetFor(source, validationOf(settings), caller);
    const request = { definition, settings, dataset, given, events, caller };
    if (given.out !== undefined) return await trainInFolder(given.out, request, wasm);
    return await trainHere(request, options);
  } finally {
    if (source !== data) await source.close();
  }
}

/** The value of --data; undefined: the sample, or the default. */
function nameOf(data: TrainOptions["data"]): string | undefined {
  if (!isDataset(data)) return typeof data === "object" ? MEMORY : data;
  const { root } = data.facts;
  return root === SAMPLE_FOLDER ? undefined : root;
}

const absolute = (path: string): string => (path === MEMORY ? path : resolve(path));

function openFor(
  data: Exclude<TrainOptions["data"], Dataset>,
  settings: Settings,
  given: TrainSettings,
  caller: Caller,
): Promise<Dataset> {
  const { classes, limit, strict, anyBodyPart } = settings;
  const source = typeof data === "object" ? data : settings.data;
  const { signal } = caller;
  // In memory, a training without validation images has no figures of validation.
  const own = trainingNeeds({ tested: settings.track === true, ownVal: validationOf(settings) === undefined });
  const needs: Needs = given.out === undefined ? { train: "classes" } : own;
  return openDataset(source, {
    needs,
    ...{ classes, limit, strict, anyBodyPart, threads: given.threads, reporter: caller, signal },
  });
}

/** The model with the weights of an aborted training. `definition` is required for a model that is not one of pulmo's. */
export const modelFromState = async (state: TrainingState, definition?: ModelDefinition): Promise<Model> =>
  createModel(nodeRuntime(), storedFromState(state, definition));

interface Work {
  definition: ModelDefinition;
  settings: Settings;
  dataset: ReturnType<typeof datasetFor>;
  given: TrainSettings;
  events: TrainingEvents;
  caller: Caller;
}

async function trainHere({ definition, settings, dataset, given, events, caller }: Work, options: TrainOptions): Promise<Model> {
  const { wasm, state, trained, weights } = options;
  const { threads = physicalCores() } = given;
  const runtime = nodeRuntime(wasm);
  const { splits } = dataset.pixels;
  const machine = { threads, variant: chooseVariant(wasm), explanationBatch: 0 };
  // Fails early if the training does not fit into memory.
  const plan = planNetwork(definition, networkOptions(settings, machine, Math.max(1, splits.train.images.length)));
  const further = typeof weights === "object" ? storedOf(weights).contents : undefined;
  const chosen =
    further || state ? undefined : await chosenWeights({ ...given, settings }, new Map([[definition.name, plan]]), caller);
  const { model } = await trainInMemory(
    runtime,
    {
      ...{ definition, settings, splits, threads, signal: caller.signal, state, trained },
      further,
      ...(chosen && { start: (network) => loadPretrained(network, chosen.pretrained) }),
    },
    events,
  );
  return createModel(runtime, model);
}

async function trainInFolder(out: string, { settings, dataset, given, events, caller }: Work, wasm?: Variant): Promise<Model> {
  const { weights } = given;
  const effort = effortOf(given, wasm);
  return finish(
    { command: "train", out, begin: { settings, weights }, dataset: () => dataset, onStep: events.onStep, ...effort },
    settings.models[0],
    caller,
  );
}

/** `data` is required if the run used a dataset in memory. */
async function resumeFolder(
  folder: string,
  given: TrainSettings,
  { model, data, wasm }: TrainOptions,
  events: TrainingEvents,
  caller: Caller,
): Promise<Model> {
  refuseChanges(folder, given);
  // The models of a run never change. Everything else is read while the folder is locked.
  const { options: settings } = await readRunFile(folder);
  const keys = trainings(settings).map(({ key }) => key);
  const name = typeof model === "object" ? model.name : model;
  const key = name ?? (keys.length === 1 ? keys[0] : undefined);
  if (key === undefined || !keys.includes(key)) {
    throw new InputError(`${folder} contains the trainings ${keys.join(", ")}: use one of them as the model.`);
  }
  const request: Request = {
    command: "train",
    out: folder,
    begin: undefined,
    changes: changesIn(given),
    ...(isDataset(data) && { dataset: (recorded) => datasetFor(data, validationOf(recorded), caller) }),
    onStep: events.onStep,
    ...effortOf(given, wasm),
  };
  return finish(request, key, caller);
}

async function finish(request: Request, key: string, caller: Caller): Promise<Model> {
  await trainAll(request, caller);
  const runtime = nodeRuntime(request.wasm);
  return createModel(runtime, await storedCheckpoint({ checkpoint: modelPath(request.out, key) }, runtime));
}

export interface EvaluateOptions extends CallOptions {
  /** Worker threads; default: the physical cores. */
  threads?: number | undefined;
  wasm?: Variant | undefined;
  /** Decision threshold on the probability of class 1; default: the model's, usually 0.5. */
  threshold?: number | undefined;
  /** Also report the threshold that reaches this recall on these images. */
  targetRecall?: number | undefined;
  /** Also decide for a class or for review, with this error rate per class. */
  errorRate?: number | undefined;
}

/** Scores the images of a split. Returns metrics in the shape of metrics.json. */
export function evaluate(model: Pick<Model, "file">, split: DatasetSplit, options: EvaluateOptions = {}): Promise<Evaluation> {
  return evaluateStored(nodeRuntime(options.wasm), storedOf(model), split, options);
}

/** The same for a stored model. */
export async function evaluateStored(
  runtime: Runtime,
  stored: StoredModel,
  split: DatasetSplit,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { threads = physicalCores(), signal, threshold, targetRecall, errorRate } = options;
  const { rows, stop } = withBar(split, `${stored.definition.name} on ${split.name}`, callerOf(options));
  return evaluateInMemory(runtime, stored, { rows, threads, signal, threshold, targetRecall, errorRate }).finally(stop);
}
