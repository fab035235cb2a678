// `import { train } from "pulmo/train"` in a browser; index.ts loads this file when it is first needed. Threads are Web Workers where
// the page is cross-origin isolated; elsewhere there is one thread, the caller's.
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import type { Trained } from "../core/record.js";
import { type MemoryImage, memoryRows, pixelRows } from "../data/memory-images.js";
import { CLASSES, type ClassNames, type PixelRows, SPLITS, type Split } from "../data/types.js";
import { takeValidation } from "../data/validation-set.js";
import type { AdaptationFigures } from "../eval/adaptation-figures.js";
import { IMAGE_SIZE } from "../settings/recipes.js";
import { checkSettings, resolveSettings } from "../settings/resolve.js";
import { type Given, pick, SETTINGS } from "../settings/table.js";
import { validationOf } from "../settings/validation.js";
import { adaptInMemory, checkClasses, joined } from "./adaptation.js";
import { createModel, type TrainedModel } from "./browser-models.js";
import { usualThreads } from "./browser-network.js";
import { browserRuntime } from "./browser-runtime.js";
import { definitionOf, type Evaluation, evaluateInMemory, trainInMemory } from "./session.js";
import { storedFromState } from "./session-state.js";
import { factsOf, hiddenIn, storedOf } from "./stored-model.js";
import { startTraining, type Training, type TrainingEvents, type TrainingState } from "./training.js";

export type { AdaptationFigures } from "../eval/adaptation-figures.js";
export * from "./layers.js";

/** The settings of `pulmo run` that apply in a browser, with the same defaults, checks and messages. */
const OPTIONS = pick(
  SETTINGS,
  "recipe",
  "epochs",
  "batchSize",
  "lr",
  "hidden",
  "seed",
  "valSplit",
  "fold",
  "track",
  "threads",
  "classes",
);

/** The images of a split, 224x224 RGB: `images[i]` describes row i, `read(i, into)` copies its pixels. */
export interface DatasetSplit extends PixelRows {
  name: Split;
}

export interface Dataset extends Record<Split, DatasetSplit> {
  classes: ClassNames;
}

export interface DatasetSource {
  images: readonly MemoryImage[];
}

export interface OpenDatasetOptions {
  /** Default: NORMAL and PNEUMONIA. */
  classes?: ClassNames | undefined;
}

/** Resizes images in memory. Throws an InputError if one is not usable. */
export async function openDataset(source: DatasetSource, { classes = CLASSES }: OpenDatasetOptions = {}): Promise<Dataset> {
  if (typeof source !== "object" || !Array.isArray(source?.images)) {
    throw new InputError("A browser opens no files: give the dataset as { images: [{ pixels, label }] }.");
  }
  const { makeResizer } = await browserRuntime();
  const found = memoryRows(source.images, makeResizer(IMAGE_SIZE), classes);
  // Without the given pixels, so that they can be freed.
  const rowsOf = (name: Split) => found[name].map(({ image, row }) => ({ image, row }));
  const split = (name: Split): DatasetSplit => ({ ...pixelRows(rowsOf(name), IMAGE_SIZE), name });
  return { train: split("train"), val: split("val"), test: split("test"), classes };
}

export interface TrainOptions extends Given<typeof OPTIONS> {
  /** "logistic", "dnn", "resnet18", or a definition of your own. */
  model: string | ModelDefinition;
  /** An open dataset, or images in memory. */
  data: Dataset | DatasetSource;
  /** A model to train further; default: random weights. */
  weights?: { file: Uint8Array } | "none" | undefined;
  /** Parameters to train; default: all. */
  trained?: Trained | undefined;
  /** Continues an aborted training: its `training.state`. */
  state?: TrainingState | undefined;
  signal?: AbortSignal | undefined;
}

/** Trains a model. The result rejects with an InputError if the options are not usable, and with the signal's reason if it aborts. */
export const train = (options: TrainOptions): Training<TrainedModel> => startTraining((events) => trainWith(options, events));

/** Runs the training and reports to the handle. */
export async function trainWith(options: TrainOptions, events: TrainingEvents): Promise<TrainedModel> {
  const { model, data, weights, trained, state, signal, ...rest } = options;
  const { threads = usualThreads(), ...given } = checkSettings(rest, OPTIONS);
  const definition = definitionOf(model, given.hidden, hiddenIn(weights));
  const dataset = isDataset(data) ? data : await openDataset(data, { classes: given.classes });
  const [negative, positive] = dataset.classes;
  const classes: [string, string] = [negative, positive];
  const resolved = resolveSettings(
    { ...given, ...(typeof model === "string" && { models: [model] }), data: "memory", classes },
    { fetchedData: undefined, absolute: (path) => path },
  );
  const settings = { ...resolved, models: [definition.name] };
  const splits: Record<Split, PixelRows> = { train: dataset.train, val: dataset.val, test: dataset.test };
  const validation = validationOf(settings);
  if (validation) takeValidation(splits, validation);
  const runtime = await browserRuntime();
  const further = typeof weights === "object" ? storedOf(weights).contents : undefined;
  const { model: stored } = await trainInMemory(
    runtime,
    { definition, settings, splits, threads, signal, state, trained, further },
    events,
  );
  return createModel(runtime, stored);
}

/** The model with the weights of an aborted training. `definition` is required for a model that is not one of pulmo's. */
export const modelFromState = async (state: TrainingState, definition?: ModelDefinition): Promise<TrainedModel> =>
  createModel(await browserRuntime(), storedFromState(state, definition));

const isDataset = (data: unknown): data is Dataset => typeof data === "object" && data !== null && "train" in data;

export interface EvaluateOptions {
  /** Default: the physical cores, by estimate. */
  threads?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Decision threshold on the probability of class 1; default: the model's, usually 0.5. */
  threshold?: number | undefined;
  /** Also report the threshold that reaches this recall on these images. */
  targetRecall?: number | undefined;
  /** Also decide for a class or for review, with this error rate per class. */
  errorRate?: number | undefined;
}

/** Scores the images of a split. Returns metrics in the shape of metrics.json. */
export async function evaluate(
  model: { file: Uint8Array },
  split: PixelRows,
  { threads = usualThreads(), ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  return evaluateInMemory(await browserRuntime(), storedOf(model), { ...options, rows: split, threads });
}

/** All images of a dataset, those of a split, or images in memory. */
export type AdaptData = Dataset | DatasetSplit | DatasetSource;

export type AdaptOptions = Pick<EvaluateOptions, "threads" | "signal">;

/** The new model, and the figures before and after. */
export interface Adaptation extends AdaptationFigures {
  model: TrainedModel;
}

/** Fits a model to labelled images of another hospital. Throws an InputError if there are images of too few patients for any fit. */
export async function adapt(
  model: { file: Uint8Array },
  data: AdaptData,
  { threads = usualThreads(), signal }: AdaptOptions = {},
): Promise<Adaptation> {
  const stored = storedOf(model);
  const { classes } = factsOf(stored);
  const runtime = await browserRuntime();
  const rows = isSplit(data) ? data : joined(await splitsOf(data, classes));
  const adapted = await adaptInMemory(runtime, stored, { rows, threads, signal });
  return { ...adapted.figures, model: await createModel(runtime, adapted.model) };
}

const isSplit = (data: AdaptData): data is DatasetSplit => "read" in data;

async function splitsOf(data: Dataset | DatasetSource, classes: ClassNames | undefined): Promise<DatasetSplit[]> {
  const dataset = isDataset(data) ? data : await openDataset(data, { classes });
  checkClasses(classes, dataset.classes);
  return SPLITS.map((split) => dataset[split]);
}
