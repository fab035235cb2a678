// `import { loadModel } from "pulmo"` in Node, Deno and Bun. It is small: decoding, training and worker threads are in train-node.ts.
import { coreBytes } from "./core-bytes.js";
import { type ImageFile, isImageFile } from "./image-source.js";
import { type Core, type LoadedModel, loadFrom } from "./loaded-model.js";
import type { Outcome, PredictFilesOptions } from "./train-node.js";

export type { Explanation, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";
export type { ImageFile, ImageSource } from "./image-source.js";
export type { Core } from "./loaded-model.js";
export type { Outcome, PredictFilesOptions, Prediction } from "./train-node.js";
export type Model = LoadedModel<ImageFile | string>;

/**
 * A model of `pulmo export --format pulmo`, its bytes or its path: one thread, the same bits as in every runtime. Images are pixels
 * of any size, or JPEG, PNG and DICOM files: a path, a Blob or bytes. Throws an Error if the file is not usable.
 */
export async function loadModel(file: Uint8Array | ArrayBuffer | string, core: Core = coreBytes()): Promise<Model> {
  const bytes = typeof file === "string" ? await (await import("node:fs/promises")).readFile(file) : file;
  return loadFrom(core, bytes, {
    isFile: (image) => typeof image === "string" || isImageFile(image),
    decode: async (image) => (await loadEntry<typeof import("./decode-node.js")>("decode")).decodeImage(image),
  });
}

/** An outcome per JPEG, PNG or DICOM file, in their order: `predictFiles` of "pulmo/train". */
export const predictFiles = async (files: string[], options: PredictFilesOptions): Promise<Outcome[]> =>
  (await loadEntry<typeof import("./train-node.js")>("train")).predictFiles(files, options);

/** Another entry of this package. No bundler evaluates the name, so that a bundle of `loadModel` has no native code and no threads. */
function loadEntry<Module>(name: string): Promise<Module> {
  const specifier = ["pulmo", name].join("/");
  return import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ specifier);
}
