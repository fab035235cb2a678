// `import { train } from "pulmo/train"`: everything that needs sharp and worker threads. node.ts loads it on the first call.
import { packagedModel as packagedBytes } from "../node/packaged-model.js";
import { allNotes, type CheckpointOptions, PACKAGED } from "../run/scoring/open-checkpoint.js";
import { createModel, type Model, storedCheckpoint } from "./node-models.js";
import { nodeRuntime } from "./node-runtime.js";

export { InputError } from "../core/errors.js";
export type { MemoryImage } from "../data/in-memory.js";
export type { AdaptationFigures } from "../eval/adaptation-figures.js";
export type { Bar, CallOptions, Progress, Reporter } from "../run/caller.js";
export type { Outcome, Prediction } from "../run/scoring/outcomes.js";
export { type Adaptation, type AdaptData, type AdaptOptions, adapt } from "./adapt-model.js";
export { decodeImage } from "./decode-node.js";
export * from "./layers.js";
export { saveModelAs } from "./node-models.js";
export { type Dataset, type DatasetSource, type DatasetSplit, type OpenDatasetOptions, openDataset } from "./open-dataset.js";
export { openPredictor, type PredictFilesOptions, type Predictor, type PredictorOptions, predictFiles } from "./predictor.js";
export { type RunOptions, type RunResults, run, type TrainedModels, trainModels } from "./run.js";
export type { Evaluation } from "./session.js";
export { type EvaluateOptions, evaluate, modelFromState, type TrainOptions, train, trainWith } from "./train-model.js";

/** A model from a checkpoint of any format. Throws an InputError if it is not usable. */
export async function loadCheckpoint(path: string, options: Omit<CheckpointOptions, "checkpoint"> = {}): Promise<Model> {
  const runtime = nodeRuntime();
  const { notes, ...stored } = await storedCheckpoint({ checkpoint: path, ...options }, runtime);
  return { ...(await createModel(runtime, stored)), notes: allNotes(notes) };
}

/** The file of the model that comes with pulmo, and a phrase that says so. Throws an InputError if it is missing or damaged. */
export const packagedModel = async (): Promise<{ bytes: Uint8Array; notes: string[] }> => ({
  bytes: await packagedBytes(),
  notes: [PACKAGED],
});
