// `import { loadModel } from "pulmo"` in a browser, Deno, Bun or a bundle: a model of `pulmo export --format pulmo`, and nothing
// of a runtime but fetch, for the core that lies beside this file.
import { loadModel as load, type Model } from "../core/infer.js";

export type { Explanation, Model, Score } from "../core/infer.js";
export type { Pixels } from "../core/resize.js";

/** `core`: pulmo-infer.wasm, compiled or its bytes, where it lies elsewhere. Throws an Error where the file is not usable. */
export async function loadModel(file: Uint8Array, core?: WebAssembly.Module | BufferSource): Promise<Model> {
  return load(core ?? (await fetchCore()), file);
}

async function fetchCore(): Promise<ArrayBuffer> {
  const url = new URL("../core/pulmo-infer.wasm", import.meta.url);
  const answer = await fetch(url);
  if (!answer.ok)
    throw new Error(`${url} cannot be fetched (${answer.status}): put pulmo-infer.wasm there, or give it to loadModel.`);
  return answer.arrayBuffer();
}
