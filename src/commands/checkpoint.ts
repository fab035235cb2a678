// Finds out which model a file holds and makes it ready to evaluate.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { TensorFile } from "../core/safetensors.js";
import { readWeights } from "../formats/weights.js";
import { InputError } from "../core/errors.js";
import { findModel, MODELS } from "../core/models/index.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { recognise } from "../core/describe.js";
import { loadTensors } from "../train/checkpoint.js";
import { createNetwork, type Network } from "../train/network.js";
import { chooseVariant, compileKernels, shapeFunctions } from "../node/variant.js";
import { IMAGE_SIZE } from "./options.js";

export interface Checkpoint {
  path: string;
  model: ModelDefinition;
  /** In pulmo's names: torchvision's for resnet18. */
  file: TensorFile;
}

/** `path` is a file of weights, pulmo's or PyTorch's, or the folder that holds a model.safetensors. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const isFolder = await stat(path).then((s) => s.isDirectory(), () => false);
  const file = isFolder ? join(path, "model.safetensors") : path;
  const { tensors, metadata } = await readWeights(file);
  const model = findModel(metadata.model ?? "")
    ?? recognise(tensors.keys(), MODELS, shapeFunctions(compileKernels("simd")), IMAGE_SIZE);
  if (!model) throw new InputError(`${file} is none of the models ${MODELS.map(({ name }) => name).join(", ")}: check the path.`);
  const nameOf = model.pretrained?.nameOf ?? ((name: string) => name);
  return { path: file, model, file: { tensors: new Map([...tensors].map(([name, tensor]) => [nameOf(name), tensor])), metadata } };
}

/** A network for evaluation only. */
export async function openCheckpoint(path: string, threads: number): Promise<Network> {
  const { path: file, model, file: tensors } = await readCheckpoint(path);
  const network = createNetwork(model, {
    batchSize: 0, imageSize: IMAGE_SIZE, threads, variant: chooseVariant(), seed: 0, lr: 0,
  });
  try {
    loadTensors(network, tensors, file);
    return network;
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}
