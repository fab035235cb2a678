// Models and unfinished trainings as safetensors, in PyTorch's names, shapes and layout.
import { InputError } from "../core/errors.js";
import type { Entry } from "../core/parameters.js";
import type { Buffer } from "../core/plan.js";
import type { TensorFile } from "../core/safetensors.js";
import { float32Tensor, float32Values, int64Scalar, isFloat, type StoredTensor } from "../core/tensors.js";
import { optimizerState, type PlacedProgram, readEntry, writeEntry } from "../core/values.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors-file.js";
import type { TrainState } from "./loop.js";
import { parseTraining } from "./training-state.js";

const MOMENT1 = "adam.exp_avg.";
const MOMENT2 = "adam.exp_avg_sq.";

/** Weights and running statistics; `trainSteps` becomes torchvision's num_batches_tracked. */
export async function saveModel(
  network: PlacedProgram,
  path: string,
  trainSteps: number,
  metadata: Record<string, string>,
): Promise<void> {
  await writeSafetensors(path, { tensors: modelTensors(network, trainSteps), metadata });
}

function modelTensors(network: PlacedProgram, trainSteps: number): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const { parameters, statistics } = network.store;
  for (const entry of [...parameters, ...statistics]) {
    tensors.set(entry.name, float32Tensor(entry.shape, readEntry(network, entry)));
    if (entry.name.endsWith(".running_var")) {
      tensors.set(entry.name.replace("running_var", "num_batches_tracked"), int64Scalar(trainSteps));
    }
  }
  return tensors;
}

/** Weights and running statistics from a file with exactly this model's tensors. */
export async function loadModel(network: PlacedProgram, path: string): Promise<TensorFile> {
  const file = await readSafetensors(path);
  loadTensors(network, file, path);
  return file;
}

/** The same from a file that has been read. */
export function loadTensors(network: PlacedProgram, file: TensorFile, path: string): void {
  const { parameters, statistics } = network.store;
  for (const entry of [...parameters, ...statistics]) load(network, file, path, entry, entry.name);
  const known = new Set([...parameters, ...statistics].map((entry) => entry.name));
  for (const name of file.tensors.keys()) {
    if (!known.has(name) && !name.endsWith(".num_batches_tracked") && !name.startsWith("adam.")) {
      throw new InputError(
        `${path} holds ${JSON.stringify(name)}, which ${network.model.name} does not have: is it another model's file?`,
      );
    }
  }
}

function load(network: PlacedProgram, file: TensorFile, path: string, entry: Entry, name: string, region?: Buffer): void {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new InputError(`${path} lacks ${name}, which ${network.model.name} needs: is it another model's file?`);
  if (!isFloat(tensor) || tensor.shape.join() !== entry.shape.join()) {
    const found = `${tensor.dtype} [${tensor.shape.join(", ")}]`;
    throw new InputError(`${path}: ${name} is ${found}, ${network.model.name} needs F32 [${entry.shape.join(", ")}].`);
  }
  const values = float32Values(tensor);
  checkFinite(values, name, path);
  writeEntry(network, entry, values, region);
}

/** A training that can go on with the same bits: the model, Adam's moments, its step and the loop's state. */
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
    tensors.set(MOMENT1 + entry.name, float32Tensor(entry.shape, readEntry(network, entry, store.moments1)));
    tensors.set(MOMENT2 + entry.name, float32Tensor(entry.shape, readEntry(network, entry, store.moments2)));
  }
  const optimizer = [...optimizerState(network)];
  await writeSafetensors(path, { tensors, metadata: { ...metadata, training: JSON.stringify({ state, optimizer }) } });
}

export async function loadCheckpoint(network: PlacedProgram, path: string): Promise<TrainState> {
  const file = await loadModel(network, path);
  const { store } = network;
  for (const entry of store.parameters) {
    load(network, file, path, entry, MOMENT1 + entry.name, store.moments1);
    load(network, file, path, entry, MOMENT2 + entry.name, store.moments2);
  }
  const training = parseTraining(file.metadata.training);
  if (!training) throw new InputError(`${path} holds a model but no unfinished training: nothing to resume.`);
  optimizerState(network).set(training.optimizer);
  return training.state;
}

/** A model with others says nothing. 0 times a number is 0, unless that is none or infinite: a sum is quicker than a look at each. */
export function checkFinite(values: ArrayLike<number>, name: string, path: string): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i];
  if (sum !== 0) throw new InputError(`${path}: ${name} holds values that are not finite: the model is damaged.`);
}
