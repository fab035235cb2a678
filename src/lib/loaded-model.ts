// A saved model on this thread: the inference core, with all image sources of the runtime.
import { type Explanation, loadModel, type Model as PixelModel, type Score } from "../core/infer.js";
import type { Pixels } from "../core/resize.js";
import { type Noted, noted } from "../image/notes.js";
import { scorable } from "../image/scorable.js";
import { type ImageSource, toPixels } from "./image-source.js";

/** pulmo-infer.wasm, compiled, or its bytes. */
export type Core = WebAssembly.Module | BufferSource;

export type ModelFacts = Pick<PixelModel, "metadata" | "classes" | "threshold">;

/** `Files`: the image files that this runtime can decode. */
export interface LoadedModel<Files> extends ModelFacts {
  /** The bytes of the model file. */
  file: Uint8Array<ArrayBuffer>;
  /** The score of an image of any size, grey or RGB. Throws an Error if it is not usable. */
  predict(image: ImageSource): Score;
  predict(image: Files): Promise<Score & Noted>;
  /** The score, and a map of what the model looks at. */
  explain(image: ImageSource): Explanation;
  explain(image: Files): Promise<Explanation & Noted>;
}

export interface FileDecoder<Files> {
  isFile(image: unknown): image is Files;
  decode(file: Files): Promise<Pixels & Noted>;
}

/** `given`: the bytes of a .pulmo file. Throws an Error if it is not usable. */
export async function loadFrom<Files>(
  core: Core,
  given: Uint8Array | ArrayBuffer,
  { isFile, decode }: FileDecoder<Files>,
): Promise<LoadedModel<Files>> {
  const file = (given instanceof ArrayBuffer ? new Uint8Array(given) : given) as Uint8Array<ArrayBuffer>;
  const { predict, explain, ...facts } = await loadModel(core, file);
  const each = <T>(score: (pixels: Pixels) => T) => {
    const scoreFile = async (image: Files) => {
      const { notes = [], ...pixels } = scorable(await decode(image));
      return { ...score(pixels), ...noted(notes) };
    };
    return ((image: ImageSource | Files) => (isFile(image) ? scoreFile(image) : score(toPixels(image)))) as {
      (image: ImageSource): T;
      (image: Files): Promise<T & Noted>;
    };
  };
  return { ...facts, file, predict: each(predict), explain: each(explain) };
}
