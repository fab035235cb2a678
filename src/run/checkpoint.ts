// Finds out which model a file holds and makes it ready to evaluate.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { TensorFile } from "../core/safetensors.js";
import { readWeights } from "../formats/weights.js";
import { InputError } from "../core/errors.js";
import { MODELS } from "../core/models/index.js";
import { torchvisionName } from "../core/models/resnet18-names.js";
import { loadTensors } from "../train/checkpoint.js";
import { createNetwork, type Network } from "../train/network.js";
import { chooseVariant } from "../node/variant.js";
import { IMAGE_SIZE } from "./recipe.js";

export interface Checkpoint {
  path: string;
  /** A name in MODELS. */
  model: string;
  /** In pulmo's names: torchvision's for resnet18. */
  file: TensorFile;
}

/** `path` is a file of weights, pulmo's or PyTorch's, or the folder that holds a model.safetensors. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const isFolder = await stat(path).then((s) => s.isDirectory(), () => false);
  const file = isFolder ? join(path, "model.safetensors") : path;
  const { tensors, metadata } = await readWeights(file);
  const renamed = { tensors: new Map([...tensors].map(([name, tensor]) => [torchvisionName(name), tensor])), metadata };
  return { path: file, model: modelName(file, renamed), file: renamed };
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

/** From the file's own word, else from its tensors' names. */
function modelName(file: string, { tensors, metadata }: TensorFile): string {
  if (Object.hasOwn(MODELS, metadata.model ?? "")) return metadata.model;
  if (tensors.has("layer4.1.conv2.weight")) return "resnet18";
  if (tensors.has("7.weight")) return "dnn";
  if (tensors.has("1.weight")) return "logistic";
  throw new InputError(`${file} is none of the models ${Object.keys(MODELS).join(", ")}: check the path.`);
}
