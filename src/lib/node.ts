// `import { loadModel } from "pulmo"` in Node, Deno and Bun. It is small: decoding, training and worker threads are in train-node.ts.
import { coreBytes } from "./core-bytes.js";
import { type Core, type LoadedModel, loadFrom } from "./loaded-model.js";
import type { Outcome, PredictFilesOptions } from "./train-node.js";

export type { Explanation, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";
export type { ImageSource } from "./image-source.js";
export type { Core } from "./loaded-model.js";
export type { Outcome, PredictFilesOptions, Prediction } from "./train-node.js";
/** An image file is given by its path. */
export type Model = LoadedModel<string>;

/** A model of `pulmo export --format pulmo`, its bytes or its path: one thread, any pixels, the same bits as in every runtime. */
export async function loadModel(file: Uint8Array | ArrayBuffer | string, core: Core = coreBytes()): Promise<Model> {
  const bytes = typeof file === "string" ? await (await import("node:fs/promises")).readFile(file) : file;
  return loadFrom(core, bytes, {
    isFile: (image) => typeof image === "string",
    decode: async (path) => (await training()).decodeImage(path),
  });
}

/** An outcome per JPEG, PNG or DICOM file, in their order: `predictFiles` of "pulmo/train". */
export const predictFiles = async (files: string[], options: PredictFilesOptions): Promise<Outcome[]> =>
  (await training()).predictFiles(files, options);

/** No bundler evaluates this name, so that a bundle of `loadModel` has no native code and no worker threads. */
const TRAIN = ["pulmo", "train"].join("/");

const training = (): Promise<typeof import("./train-node.js")> =>
  import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ TRAIN);
