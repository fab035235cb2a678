// Finds out which model a file holds and makes it ready to evaluate.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors } from "../formats/safetensors.js";
import { InputError } from "../lib/errors.js";
import { MODELS } from "../nn/models/index.js";
import { loadModel } from "../train/checkpoint.js";
import { createNetwork, type Network } from "../train/network.js";
import { chooseVariant } from "../wasm/kernels.js";
import { IMAGE_SIZE } from "./options.js";

/** A network for evaluation only. `path` is a model.safetensors or the folder that holds one. */
export async function openCheckpoint(path: string, threads: number): Promise<Network> {
  const isFolder = await stat(path).then((s) => s.isDirectory(), () => false);
  const file = isFolder ? join(path, "model.safetensors") : path;
  const name = await modelName(file);
  const network = createNetwork(name, {
    batchSize: 0, imageSize: IMAGE_SIZE, threads, variant: chooseVariant(), seed: 0, lr: 0,
  });
  try {
    await loadModel(network, file);
    return network;
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}

/** From the file's own word, else from its tensors' names. */
async function modelName(file: string): Promise<string> {
  const { tensors, metadata } = await readSafetensors(file);
  if (Object.hasOwn(MODELS, metadata.model ?? "")) return metadata.model;
  if (tensors.has("layer4.1.conv2.weight")) return "resnet18";
  if (tensors.has("7.weight")) return "dnn";
  if (tensors.has("1.weight")) return "logistic";
  throw new InputError(`${file} is none of the models ${Object.keys(MODELS).join(", ")}: check the path.`);
}
