// The Web Worker of `loadModel(file, { worker: true })`. build.mjs embeds it as a string: worker-code.ts.
import type { Explanation, Score } from "../core/infer.js";
import type { Pixels } from "../core/resize.js";
import { fileDecoder } from "./decode-file.js";
import { isImageFile } from "./image-source.js";
import { type Core, type Decided, type LoadedModel, loadFrom, type ModelFacts, type PredictOptions } from "./loaded-model.js";

/** `turbo`: libjpeg-turbo, with a JPEG. */
export type Order =
  | { load: Uint8Array; core: Core }
  | { task: "predict" | "explain"; image: Pixels | Blob; options?: PredictOptions | undefined; turbo?: WebAssembly.Module };
export type Answer = { value: ModelFacts | ((Score | Explanation) & Decided) } | { error: string };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<{ id: number; order: Order }>) => void;
  postMessage(answer: Answer & { id: number }): void;
};

let model: LoadedModel<Blob>;
let turbo: WebAssembly.Module | undefined;

async function obey(order: Order): Promise<ModelFacts | ((Score | Explanation) & Decided)> {
  if ("task" in order) {
    turbo ??= order.turbo;
    return model[order.task](order.image as Pixels, order.options);
  }
  model = await loadFrom(order.core, order.load, { isFile: isImageFile, decode: fileDecoder(async () => turbo!) });
  const { metadata, classes, threshold } = model;
  return { metadata, classes, threshold };
}

scope.onmessage = ({ data: { id, order } }) =>
  void obey(order).then(
    (value) => scope.postMessage({ id, value }),
    (error: Error) => scope.postMessage({ id, error: error.message }),
  );
