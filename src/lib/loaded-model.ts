// A saved model on this thread: the inference core, with all image sources of the runtime.
import { type Explanation, loadModel, type Model as PixelModel, type Score } from "../core/infer.js";
import type { Pixels } from "../core/resize.js";
import { type Conformal, checkConformal, decisions, REVIEW } from "../eval/conformal.js";
import { type Noted, noted } from "../image/notes.js";
import { scorable } from "../image/scorable.js";
import { type ImageSource, toPixels } from "./image-source.js";

/** pulmo-infer.wasm, compiled, or its bytes. */
export type Core = WebAssembly.Module | BufferSource;

export type ModelFacts = Pick<PixelModel, "metadata" | "classes" | "threshold">;

export interface PredictOptions {
  /** At most this share of each class is decided as the other class: a number between 0 and 1. */
  errorRate?: number | undefined;
}

export interface Decided {
  /** With an error rate: the name of a class, or REVIEW. */
  decision?: string;
}

/** `Files`: the image files that this runtime can decode. */
export interface LoadedModel<Files> extends ModelFacts {
  /** The bytes of the model file. */
  file: Uint8Array<ArrayBuffer>;
  /** The score of an image of any size, grey or RGB. Throws an Error if it is not usable. */
  predict(image: ImageSource, options?: PredictOptions): Score & Decided;
  predict(image: Files, options?: PredictOptions): Promise<Score & Decided & Noted>;
  /** The score, and a map of what the model looks at. */
  explain(image: ImageSource, options?: PredictOptions): Explanation & Decided;
  explain(image: Files, options?: PredictOptions): Promise<Explanation & Decided & Noted>;
}

export interface FileDecoder<Files> {
  isFile(image: unknown): image is Files;
  decode(file: Files): Promise<Pixels & Noted>;
}

/** Throws an Error that says what loadModel takes if these are no bytes. */
export function modelBytes(given: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (ArrayBuffer.isView(given)) return given as Uint8Array<ArrayBuffer>;
  throw new Error("loadModel needs a model: the bytes of a .pulmo file, such as pulmo/model.pulmo of this package.");
}

/** `given`: the bytes of a .pulmo file. Throws an Error if it is not usable. */
export async function loadFrom<Files>(
  core: Core,
  given: Uint8Array | ArrayBuffer,
  { isFile, decode }: FileDecoder<Files>,
): Promise<LoadedModel<Files>> {
  const file = modelBytes(given);
  const { predict, explain, ...facts } = await loadModel(core, file);
  const conformal = conformalOf(facts);
  const each = <T extends Score>(scoreOf: (pixels: Pixels) => T) => {
    const score = (pixels: Pixels, decide?: Decide) => {
      const found = scoreOf(pixels);
      return { ...found, ...(decide && { decision: found.unusual ? REVIEW : decide(found.logOdds) }) };
    };
    const scoreFile = async (image: Files, decide?: Decide) => {
      const { notes = [], ...pixels } = scorable(await decode(image));
      return { ...score(pixels, decide), ...noted(notes) };
    };
    const run = (image: ImageSource | Files, { errorRate }: PredictOptions = {}) => {
      const decide = errorRate === undefined ? undefined : decisions(conformal, errorRate, facts.classes);
      return isFile(image) ? scoreFile(image, decide) : score(toPixels(image), decide);
    };
    return run as {
      (image: ImageSource, options?: PredictOptions): T & Decided;
      (image: Files, options?: PredictOptions): Promise<T & Decided & Noted>;
    };
  };
  return { ...facts, file, predict: each(predict), explain: each(explain) };
}

type Decide = (logOdds: number) => string;

function conformalOf({ metadata: { conformal } }: ModelFacts): Conformal | undefined {
  try {
    return conformal === undefined ? undefined : checkConformal(conformal);
  } catch (error) {
    throw new Error(`The model file is not usable: ${(error as Error).message}.`);
  }
}
