// Models and unfinished trainings as safetensors, with PyTorch's names, shapes and layout. The checkpoint of a DNN has 884 MiB,
// so it is written and read in parts.
import { InputError } from "../core/errors.js";
import type { Entry } from "../core/parameters.js";
import type { Buffer } from "../core/plan.js";
import type { TensorFile } from "../core/safetensors.js";
import { allFinite, dtypeBytes, float32Values, isFloat } from "../core/tensors.js";
import { optimizerState, type PlacedProgram, partsOf } from "../core/values.js";
import { type TensorReader, withTensors, writeTensors } from "../formats/safetensors-file.js";
import type { TrainState } from "./loop.js";
import { modelTensors, tensorSource } from "./model-tensors.js";
import { type Expected, parseTraining } from "./training-state.js";

const MOMENT1 = "adam.exp_avg.";
const MOMENT2 = "adam.exp_avg_sq.";

/** Weights and running statistics; `trainSteps` becomes torchvision's num_batches_tracked. */
export async function saveModel(
  network: PlacedProgram,
  path: string,
  trainSteps: number,
  metadata: Record<string, string>,
): Promise<void> {
  await writeTensors(path, modelTensors(network, trainSteps), metadata);
}

/** Loads weights and running statistics from a file with exactly this model's tensors. */
export const loadModel = (network: PlacedProgram, path: string): Promise<void> =>
  withTensors(path, (file) => loadWeights(network, file, path));

async function loadWeights(network: PlacedProgram, reader: TensorReader, path: string): Promise<void> {
  for (const entry of entriesOf(network)) await loadEntry(network, reader, path, entry, entry.name);
  checkNames(network, reader.entries.keys(), path);
}

/** As loadModel, from a file that has been opened. */
export function loadTensors(network: PlacedProgram, { tensors }: TensorFile, path: string): Promise<void> {
  const read = async (name: string, from?: number, to?: number) => tensors.get(name)!.data.subarray(from, to);
  return loadWeights(network, { entries: tensors, read }, path);
}

const entriesOf = ({ store }: PlacedProgram): Entry[] => [...store.parameters, ...store.statistics];

function checkNames(network: PlacedProgram, names: Iterable<string>, path: string): void {
  const known = new Set(entriesOf(network).map((entry) => entry.name));
  for (const name of names) {
    if (!known.has(name) && !name.endsWith(".num_batches_tracked") && !name.startsWith("adam.")) {
      throw new InputError(
        `${path} contains ${JSON.stringify(name)}, which is not a tensor of ${network.model.name}: check that the file belongs to this model.`,
      );
    }
  }
}

async function loadEntry(
  network: PlacedProgram,
  { entries, read }: TensorReader,
  path: string,
  entry: Entry,
  name: string,
  region?: Buffer,
): Promise<void> {
  const tensor = entries.get(name);
  const { model } = network;
  if (!tensor)
    throw new InputError(`${path} lacks ${name}, a tensor of ${model.name}: check that the file belongs to this model.`);
  const { dtype, shape } = tensor;
  if (!isFloat(tensor) || shape.join() !== entry.shape.join()) {
    const found = `${dtype} [${shape.join(", ")}]`;
    throw new InputError(`${path}: ${name} is ${found}, but ${model.name} needs F32 [${entry.shape.join(", ")}].`);
  }
  const width = dtypeBytes(dtype);
  for (const part of partsOf(network, entry, region)) {
    const values = float32Values({ dtype, shape, data: await read(name, part.from * width, part.to * width) });
    checkFinite(values, name, path);
    part.write(values);
  }
}

/** Saves everything needed to resume with the same bits: the model, Adam's moments and step, and the state of the loop. */
export async function saveCheckpoint(
  network: PlacedProgram,
  path: string,
  state: TrainState,
  trainSteps: number,
  metadata: Record<string, string>,
): Promise<void> {
  const { store } = network;
  const tensors = modelTensors(network, trainSteps);
  for (const entry of store.parameters) {
    tensors.set(MOMENT1 + entry.name, tensorSource(network, entry, store.moments1));
    tensors.set(MOMENT2 + entry.name, tensorSource(network, entry, store.moments2));
  }
  const optimizer = [...optimizerState(network)];
  await writeTensors(path, tensors, { ...metadata, training: JSON.stringify({ state, optimizer }) }, true);
}

/** Throws an InputError if the file is damaged, or if its state is impossible for a training with `expected`. */
export const loadCheckpoint = (network: PlacedProgram, path: string, expected: Expected): Promise<TrainState> =>
  withTensors(path, async (file) => {
    const training = parseTraining(file.metadata.training, expected);
    const { run = expected.run } = file.metadata;
    if (!file.digested || !training || run !== expected.run) {
      throw new InputError(`${path} is not a checkpoint of this run: delete it to start the training again.`);
    }
    await loadWeights(network, file, path);
    const { store } = network;
    for (const entry of store.parameters) {
      await loadEntry(network, file, path, entry, MOMENT1 + entry.name, store.moments1);
      await loadEntry(network, file, path, entry, MOMENT2 + entry.name, store.moments2);
    }
    optimizerState(network).set(training.optimizer);
    return training.state;
  });

/**
 * Rejects NaN and infinity, because such a model gives no scores. 0 * x is 0 for finite x and NaN otherwise; one sum is faster
 * than testing each value.
 */
export function checkFinite(values: ArrayLike<number>, name: string, path: string): void {
  if (!allFinite(values)) throw new InputError(`${path}: ${name} contains values that are not finite: the model is damaged.`);
}
