// Detects the model in a file and prepares it for evaluation.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { recognise } from "../../core/describe.js";
import { InputError } from "../../core/errors.js";
import type { ModelDefinition, Normalization } from "../../core/models/definition.js";
import { findModel, MODELS } from "../../core/models/index.js";
import { evaluationBatchFor } from "../../core/program.js";
import type { TensorFile } from "../../core/safetensors.js";
import { torchvisionNames } from "../../formats/resnet18-names.js";
import { readWeights } from "../../formats/weights.js";
import { chooseVariant, plainShapes, type Variant } from "../../node/variant.js";
import { IMAGE_SIZE, MODEL_NAMES } from "../../settings/recipes.js";
import { loadTensors } from "../../train/checkpoint.js";
import { createNetwork, type Network } from "../../train/network.js";
import { fromMetadata, type ModelFacts } from "../model-facts.js";

/** A checkpoint as given by the user. */
export interface CheckpointOptions {
  checkpoint: string;
  normalization?: Normalization | undefined;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
}

interface Checkpoint {
  path: string;
  model: ModelDefinition;
  /** With pulmo's tensor names: torchvision's for resnet18. */
  file: TensorFile;
  facts: ModelFacts;
}

/**
 * `path` is a weights file of pulmo or PyTorch, or a folder that contains model.safetensors. `given`: normalization of its
 * images, for files that do not state it.
 */
export async function readCheckpoint(path: string, given?: Normalization | undefined): Promise<Checkpoint> {
  const isFolder = await stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, "model.safetensors") : path;
  const { tensors: read, metadata } = await readWeights(file);
  const tensors = torchvisionNames(read);
  // The model named in the file, else the one that matches the names of the tensors.
  const model = findModel(metadata.model ?? "") ?? recognise(tensors.keys(), MODELS, plainShapes(), IMAGE_SIZE);
  if (!model) throw new InputError(`${file} is not a checkpoint of ${MODEL_NAMES.join(", ")}: check the path.`);
  const facts = fromMetadata(metadata, file);
  if (given && (facts.normalization ?? metadata.size)) {
    throw new InputError(`${file} states the normalization of its images: remove --mean, --std and --recipe.`);
  }
  return { path: file, facts: { ...facts, normalization: given ?? facts.normalization }, model, file: { tensors, metadata } };
}

export interface OpenedModel {
  network: Network;
  facts: ModelFacts;
}

interface OpenOptions {
  /** Number of images, if known. */
  images?: number;
  /** Maps per step. */
  explanationBatch?: number;
  /** Same bits as the standalone inference core: plain SIMD, one image per step. */
  portable?: boolean;
}

/** A network for evaluation only. */
export async function openCheckpoint(
  { checkpoint, normalization: given, wasm }: CheckpointOptions,
  threads: number,
  { images, explanationBatch = 0, portable = false }: OpenOptions = {},
): Promise<OpenedModel> {
  const { path: file, model, file: tensors, facts } = await readCheckpoint(checkpoint, given);
  const { normalization } = facts;
  const network = createNetwork(model, {
    batchSize: 0,
    explanationBatch,
    ...(images !== undefined && { evaluationBatch: portable ? 1 : evaluationBatchFor(images) }),
    imageSize: IMAGE_SIZE,
    normalization,
    threads,
    variant: portable ? "simd" : chooseVariant(wasm),
    seed: 0,
    lr: 0,
  });
  try {
    await loadTensors(network, tensors, file);
    return { network, facts };
  } catch (error) {
    await network.pool.close();
    throw error;
  }
}
