// `import { loadModel } from "pulmo"` in Cloudflare's workerd, which cannot compile bytes: the core is imported as a module.
// @ts-expect-error: the runtime imports it as a WebAssembly.Module
import core from "../core/pulmo-infer.wasm";
import { fileDecoder } from "./decode-file.js";
import { type ImageFile, isImageFile } from "./image-source.js";
import { type LoadedModel, loadFrom } from "./loaded-model.js";

export type { Explanation, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";
export type { ImageFile, ImageSource } from "./image-source.js";
export type { Decided, PredictOptions } from "./loaded-model.js";
export type Model = LoadedModel<ImageFile>;

const noJpeg = () => Promise.reject(new Error("this runtime decodes no JPEG: give pixels"));

/** A model of `pulmo export --format pulmo`. Throws an Error if the file is not usable. */
export const loadModel = (file: Uint8Array | ArrayBuffer): Promise<Model> =>
  loadFrom(core as WebAssembly.Module, file, { isFile: isImageFile, decode: fileDecoder(noJpeg) });
