// openDataset, train and the others of the browser's entry, in a module of their own: bundles of `loadModel` leave out its import.
import type { ModelDefinition } from "../core/models/definition.js";
import type { TrainedModel } from "./browser-models.js";
import type { Evaluation } from "./session.js";
import type {
  Adaptation,
  AdaptData,
  AdaptOptions,
  Dataset,
  DatasetSource,
  DatasetSplit,
  EvaluateOptions,
  OpenDatasetOptions,
  TrainOptions,
} from "./train-browser.js";
import { startTraining, type Training, type TrainingState } from "./training.js";

const work = () => import("./train-browser.js");

/** Opens images in memory as a dataset: see train-browser.ts. */
export const openDataset = async (source: DatasetSource, options?: OpenDatasetOptions): Promise<Dataset> =>
  (await work()).openDataset(source, options);

/** Trains a model: see train-browser.ts. */
export const train = (options: TrainOptions): Training<TrainedModel> =>
  startTraining(async (events) => (await work()).trainWith(options, events));

/** The model of an aborted training: see train-browser.ts. */
export const modelFromState = async (state: TrainingState, definition?: ModelDefinition): Promise<TrainedModel> =>
  (await work()).modelFromState(state, definition);

/** Scores the images of a split: see train-browser.ts. */
export const evaluate = async (
  model: { file: Uint8Array },
  split: DatasetSplit,
  options?: EvaluateOptions,
): Promise<Evaluation> => (await work()).evaluate(model, split, options);

/** Fits a model to labelled images of another hospital: see train-browser.ts. */
export const adapt = async (model: { file: Uint8Array }, data: AdaptData, options?: AdaptOptions): Promise<Adaptation> =>
  (await work()).adapt(model, data, options);
