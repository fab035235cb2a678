// `import { loadModel, train } from "pulmo"` in Node, Deno and Bun. It is small: what decodes and trains is in train-node.ts, which
// the first call loads.
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { coreBytes } from "./core-bytes.js";
import { isImageFile } from "./image-source.js";
import { type Core, loadFrom } from "./loaded-model.js";
import type { ImageFile, Model } from "./node-models.js";
import type {
  Adaptation,
  AdaptData,
  AdaptOptions,
  Dataset,
  DatasetSource,
  DatasetSplit,
  EvaluateOptions,
  Evaluation,
  OpenDatasetOptions,
  Outcome,
  PredictFilesOptions,
  Predictor,
  PredictorOptions,
  RunOptions,
  RunResults,
  TrainOptions,
} from "./train-node.js";
import { startTraining, type Training, type TrainingState } from "./training.js";

export { InputError } from "../core/errors.js";
export type { Explanation, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";
export type { ImageSource } from "./image-source.js";
export * from "./layers.js";
export type { Core, Decided, PredictOptions } from "./loaded-model.js";
export type { ImageFile, Model } from "./node-models.js";
export type * from "./train-node.js";
export type { Training, TrainingState, TrainingStep } from "./training.js";

export interface LoadOptions {
  /** pulmo-infer.wasm of your own; default: the one that is part of this code. */
  core?: Core | undefined;
  /** Normalization of a checkpoint's images, if the file does not state it; null: none, pixels in 0..1. */
  normalization?: { mean: [number, number, number]; std: [number, number, number] } | null | undefined;
  /** Which weights of a checkpoint, if several fit. */
  entry?: string | undefined;
}

/**
 * Loads a model: the bytes, the path or the file: URL of a .pulmo file, or the path of any checkpoint (.safetensors, .pth, .onnx, the folder
 * of a run's model). Default: the ResNet-18 that comes with pulmo, which is not for clinical use. It runs on this thread, with the same
 * bits in every runtime. Throws an Error if the file is not usable.
 */
export async function loadModel(
  file?: Uint8Array | ArrayBuffer | string | URL,
  options: Core | LoadOptions = {},
): Promise<Model> {
  const { core = coreBytes(), normalization, entry }: LoadOptions = isCore(options) ? { core: options } : options;
  if (typeof file === "string" && !file.endsWith(".pulmo"))
    return (await training()).loadCheckpoint(file, { normalization, entry });
  const packaged = file === undefined ? await (await training()).packagedModel() : undefined;
  const bytes = packaged?.bytes ?? (typeof file === "string" || file instanceof URL ? await bytesOf(file) : file!);
  const loaded = await loadFrom<ImageFile>(core, bytes, {
    isFile: (image) => typeof image === "string" || isImageFile(image),
    decode: async (image) => (await decoding()).decodeImage(image),
  }).catch(async (error) => {
    // The core only says that it is no model file. A bundle may lack the entry that knows what it is.
    const entry = typeof file === "string" ? await training().catch(() => undefined) : undefined;
    await entry?.loadCheckpoint(file as string);
    throw error;
  });
  const save = async (path: string) => (await training()).saveModelAs(loaded, path);
  return { ...loaded, save, ...(packaged && { notes: packaged.notes }) };
}

async function bytesOf(path: string | URL): Promise<Uint8Array> {
  if (path instanceof URL && path.protocol !== "file:") {
    throw new InputError(`${path} is not on this machine: fetch it, and give its bytes to loadModel.`);
  }
  const { readFile, stat } = await import("node:fs/promises");
  // Opening a pipe would wait for a writer; a device may have no end.
  if (!(await stat(path)).isFile()) throw new InputError(`${path} is no model: it is not a regular file.`);
  return new Uint8Array(await readFile(path));
}

const isCore = (options: Core | LoadOptions): options is Core =>
  options instanceof WebAssembly.Module || options instanceof ArrayBuffer || ArrayBuffer.isView(options);

/** Opens a dataset: see open-dataset.ts. */
export const openDataset = async (source?: DatasetSource, options?: OpenDatasetOptions): Promise<Dataset> =>
  (await training()).openDataset(source, options);

/** Trains a model: see train-model.ts. */
export const train = (options: TrainOptions): Training<Model> =>
  startTraining(async (events) => (await training()).trainWith(options, events));

/** The model of an aborted training: see train-model.ts. */
export const modelFromState = async (state: TrainingState, definition?: ModelDefinition): Promise<Model> =>
  (await training()).modelFromState(state, definition);

/** Scores the images of a split: see train-model.ts. */
export const evaluate = async (model: Pick<Model, "file">, split: DatasetSplit, options?: EvaluateOptions): Promise<Evaluation> =>
  (await training()).evaluate(model, split, options);

/** Fits a model to labelled images of another hospital: see adapt-model.ts. */
export const adapt = async (model: Pick<Model, "file">, data: AdaptData, options?: AdaptOptions): Promise<Adaptation> =>
  (await training()).adapt(model, data, options);

/** A model that scores image files on worker threads, loaded once and used many times: see predictor.ts. */
export const openPredictor = async (options: PredictorOptions = {}): Promise<Predictor> =>
  (await training()).openPredictor(options);

/** A whole run of several models, as `pulmo run` makes it: see run.ts. */
export const run = async (options: RunOptions): Promise<RunResults> => (await training()).run(options);

/** Scores image files: see predictor.ts. */
export const predictFiles = async (files: string[], options: PredictFilesOptions = {}): Promise<Outcome[]> =>
  (await training()).predictFiles(files, options);

const training = () => loadEntry<typeof import("./train-node.js")>("train");
const decoding = () => loadEntry<typeof import("./decode-node.js")>("decode");

/** Another entry of this package. No bundler evaluates its name, so that a bundle of `loadModel` has no native code and no threads. */
function loadEntry<Module>(name: string): Promise<Module> {
  const specifier = ["pulmo", name].join("/");
  return import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ specifier);
}
