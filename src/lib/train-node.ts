// `import { train } from "pulmo/train"`: everything that needs sharp and worker threads. node.ts loads it on the first call.
import type { Normalization } from "../core/models/definition.js";
import { physicalCores } from "../node/cores.js";
import { type CallOptions, callerOf } from "../run/caller.js";
import type { Outcome } from "../run/scoring/outcomes.js";
import { predictFiles as predict } from "../run/scoring/predict.js";
import { createModel, type Model, storedCheckpoint } from "./node-models.js";
import { nodeRuntime } from "./node-runtime.js";

export { conv2d, convBatchNorm } from "../core/layers/conv2d.js";
export { classActivation, pixelGradient } from "../core/layers/explain.js";
export { linear } from "../core/layers/linear.js";
export { pixelBytes, pixels, pixelsPadded } from "../core/layers/pixels.js";
export { averagePool, maxPool } from "../core/layers/pooling.js";
export type { Input, ModelDefinition, Normalization } from "../core/models/definition.js";
export type { Tape, Tensor } from "../core/tape.js";
export type { MemoryImage } from "../data/in-memory.js";
export { decodeImage } from "../node/decode.js";
export type { Bar, CallOptions, Progress, Reporter } from "../run/caller.js";
export type { Outcome, Prediction } from "../run/scoring/outcomes.js";
export { decodeFile, saveModelAs } from "./node-models.js";
export { type Dataset, type DatasetSource, type DatasetSplit, type OpenDatasetOptions, openDataset } from "./open-dataset.js";
export type { Evaluation } from "./session.js";
export { type EvaluateOptions, evaluate, type TrainOptions, train, trainWith } from "./train-model.js";

/** A model from a checkpoint of any format. Throws an InputError if it is not usable. */
export async function loadCheckpoint(path: string, normalization?: Normalization): Promise<Model> {
  const runtime = nodeRuntime();
  return createModel(runtime, await storedCheckpoint(path, runtime, normalization));
}

export interface PredictFilesOptions extends CallOptions {
  /** A model.safetensors, a .pth, or the folder of a run's model. */
  checkpoint: string;
  /** Worker threads (default: the physical cores). */
  threads?: number;
  /** Decision threshold: the positive class is the label above this probability (default: the model's). */
  threshold?: number;
}

/**
 * An outcome per JPEG, PNG or DICOM file, in their order: a score, or why the file cannot be read. Decodes ahead of the network,
 * which runs on worker threads. Throws an Error if the checkpoint is not usable, or if the only file cannot be read.
 */
export async function predictFiles(files: string[], options: PredictFilesOptions): Promise<Outcome[]> {
  const { checkpoint, threads = physicalCores(), threshold } = options;
  const outcomes: Outcome[] = [];
  const sink = { write: (outcome: Outcome) => void outcomes.push(outcome), ready: async () => {} };
  const asked = { checkpoint: { checkpoint }, files, threads, threshold, dicomTags: false, portable: false };
  if (files.length > 0) await predict(asked, sink, callerOf(options));
  return outcomes;
}
