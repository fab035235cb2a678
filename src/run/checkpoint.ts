// Finds out which model a file holds and makes it ready to evaluate.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { nameIn, recognise } from "../core/describe.js";
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { findModel, MODELS } from "../core/models/index.js";
import { evaluationBatchFor } from "../core/program.js";
import type { TensorFile } from "../core/safetensors.js";
import { readWeights } from "../formats/weights.js";
import { chooseVariant, plainShapes } from "../node/variant.js";
import { loadTensors } from "../train/checkpoint.js";
import { createNetwork, type Network } from "../train/network.js";
import { IMAGE_SIZE, MODEL_NAMES } from "./recipe.js";

export interface Checkpoint {
  path: string;
  model: ModelDefinition;
  /** In pulmo's names: torchvision's for resnet18. */
  file: TensorFile;
}

/** `path` is a file of weights, pulmo's or PyTorch's, or the folder that holds a model.safetensors. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const isFolder = await stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, "model.safetensors") : path;
  const { tensors, metadata } = await readWeights(file);
  // The file's own word, else its tensors' names.
  const model = findModel(metadata.model ?? "") ?? recognise(tensors.keys(), MODELS, plainShapes(), IMAGE_SIZE);
  if (!model) throw new InputError(`${file} is none of the models ${MODEL_NAMES.join(", ")}: check the path.`);
  return {
    path: file,
    model,
    file: { tensors: new Map([...tensors].map(([name, tensor]) => [nameIn(model, name), tensor])), metadata },
  };
}

/** A network for evaluation only; `images`: how many there will be, where that is known. */
export async function openCheckpoint(path: string, threads: number, images?: number): Promise<Network> {
  const normalization = undefined;
  const { path: file, model, file: tensors } = await readCheckpoint(path);
  const network = createNetwork(model, {
    batchSize: 0,
    ...(images !== undefined && { evaluationBatch: evaluationBatchFor(images) }),
    imageSize: IMAGE_SIZE,
    normalization,
    threads,
    variant: chooseVariant(),
    seed: 0,
    lr: 0,
  });
  try {
    loadTensors(network, tensors, file);
    return network;
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}
