// `import { loadModel } from "pulmo/inline"`: the core as text within the code, for bundlers that take no .wasm.
import { loadModel as load, type Model } from "../core/infer.js";
import { CORE } from "../core/inline-core.js";

export type { Explanation, Model, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";

export function loadModel(file: Uint8Array): Promise<Model> {
  return load(
    Uint8Array.from(atob(CORE), (letter) => letter.charCodeAt(0)),
    file,
  );
}
