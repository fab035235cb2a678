// `import { loadModel } from "pulmo"` in a browser or a bundle. In Node, Deno and Bun it is node.ts.

import { turbo } from "./browser-jpeg.js";
import { coreBytes } from "./core-bytes.js";
import { fileDecoder } from "./decode-file.js";
import { type ImageFile, isImageFile } from "./image-source.js";
import { type Core, type LoadedModel, loadFrom, modelBytes } from "./loaded-model.js";
import { loadInWorker, type WorkerModel } from "./worker-model.js";

export type { Explanation, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";
export type { TrainedModel } from "./browser-models.js";
export type { ImageFile, ImageSource } from "./image-source.js";
export { adapt, evaluate, modelFromState, openDataset, train } from "./lazy-training.js";
export type { Core, Decided, PredictOptions } from "./loaded-model.js";
export type { Evaluation } from "./session.js";
export type * from "./train-browser.js";
export type { Training, TrainingState, TrainingStep } from "./training.js";
export type { WorkerModel } from "./worker-model.js";
export type Model = LoadedModel<ImageFile>;

export interface LoadOptions {
  /** pulmo-infer.wasm of one's own; default: the one that is part of this code. */
  core?: Core;
  /** Scores in a Web Worker, so that the page stays responsive. Needs `worker-src blob:` where there is a Content-Security-Policy. */
  worker?: boolean;
}

/** The bytes of a model file, or where to fetch it. */
export type ModelSource = Uint8Array | ArrayBuffer | URL | string;

/**
 * A model of `pulmo export --format pulmo`, or the one that comes with pulmo: new URL("pulmo/model.pulmo", import.meta.url). Throws an Error if
 * the file is not usable.
 */
export function loadModel(file: ModelSource, options: LoadOptions & { worker: true }): Promise<WorkerModel>;
export function loadModel(file: ModelSource, options?: Core | (LoadOptions & { worker?: false })): Promise<Model>;
export async function loadModel(file: ModelSource, options: Core | LoadOptions = {}): Promise<Model | WorkerModel> {
  const { core = coreBytes(), worker = false } = isCore(options) ? { core: options } : options;
  const bytes = typeof file === "string" || file instanceof URL ? await fetched(file) : modelBytes(file);
  if (worker) return loadInWorker(core, bytes);
  return loadFrom(core, bytes, { isFile: isImageFile, decode: fileDecoder(turbo) });
}

async function fetched(url: URL | string): Promise<ArrayBuffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} cannot be loaded: the server answered ${answer.status}.`);
  return answer.arrayBuffer();
}

const isCore = (options: Core | LoadOptions): options is Core =>
  options instanceof WebAssembly.Module || options instanceof ArrayBuffer || ArrayBuffer.isView(options);
