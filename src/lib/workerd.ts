// `import { loadModel } from "pulmo"` in Cloudflare's workerd, which compiles no bytes: the core is imported as a module.
import { loadModel as load, type Model } from "../core/infer.js";
// @ts-expect-error: the runtime makes a WebAssembly.Module of it
import core from "../core/pulmo-infer.wasm";

export type { Explanation, Model, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";

export const loadModel = (file: Uint8Array): Promise<Model> => load(core as WebAssembly.Module, file);
