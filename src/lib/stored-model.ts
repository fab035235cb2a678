// A model that is not loaded into memory: its definition, metadata and weights. Each runtime makes its network from it.

import { InputError } from "../core/errors.js";
import type { Kernels } from "../core/kernels.js";
import { encodeModel, programOfFile } from "../core/model-file.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { hiddenWidths } from "../core/models/dnn.js";
import { findModel } from "../core/models/index.js";
import { align } from "../core/plan.js";
import { type ModelFile, normalizationOf, readModelFile } from "../core/read-model-file.js";
import { encodeUnusual } from "../core/unusual.js";
import type { Placed } from "../core/values.js";
import { parseClassNames, unlessDefault } from "../data/class-names.js";
import { checkConformal } from "../eval/conformal.js";
import type { ModelFacts } from "../run/model-facts.js";
import type { Runtime } from "./runtime.js";

/** Everything in a model file but the weights. */
export type FileFacts = Omit<ModelFile, "weights" | "weightBytes" | "int8">;

export interface StoredModel {
  definition: ModelDefinition;
  contents: ModelFile;
  /** Training steps so far; 0 if unknown. */
  trainSteps: number;
}

/** Parses the bytes of a model file. Throws a FormatError, or an InputError if the model is not one of pulmo's and no `definition` is given. */
export function storedModel(file: Uint8Array, definition?: ModelDefinition): StoredModel {
  const contents = readModelFile(file);
  const name = String(contents.metadata.model);
  const found = definition ?? findModel(name, hiddenWidths(contents.metadata.hidden));
  if (!found) throw new InputError(`The model is ${JSON.stringify(name)}, which pulmo does not know: give its definition.`);
  return { definition: found, contents, trainSteps: 0 };
}

/** The key under which a model keeps its StoredModel; shared by all entries of pulmo. */
export const STORED = Symbol.for("pulmo.stored-model");

/** The StoredModel of a model, which another entry of pulmo may have loaded. Throws an InputError if it is not a model. */
export function storedOf(model: { file: Uint8Array }): StoredModel {
  const found = (model as { [STORED]?: StoredModel })[STORED];
  if (!found && !(model?.file instanceof Uint8Array)) throw new InputError("The model is not one of train or loadModel.");
  return found ?? storedModel(model.file);
}

/** The widths of its hidden layers, if a training starts from a model that has such. */
export const hiddenIn = (weights: { file: Uint8Array } | string | undefined): readonly number[] | undefined =>
  typeof weights === "object" ? storedOf(weights).definition.hidden : undefined;

/** A copy of a network's weights and running statistics, in the order of a model file. */
export function weightsOf({ memory, store: { weights, running } }: Placed): Uint8Array<ArrayBuffer> {
  const bytes = align(weights.bytes) + align(running.bytes);
  return Uint8Array.from(new Uint8Array(memory.buffer, weights.address, bytes));
}

/** The model's facts about its images, from its metadata. */
export function factsOf({ contents }: StoredModel): ModelFacts {
  const { metadata, threshold } = contents;
  const { recipe, temperature, classes, conformal, adapted } = metadata;
  return {
    recipe: typeof recipe === "string" ? recipe : undefined,
    classes: unlessDefault(parseClassNames(String(classes)) ?? undefined),
    normalization: normalizationOf(contents),
    temperature: typeof temperature === "number" ? temperature : undefined,
    threshold,
    unusual: contents.unusual,
    adapted: typeof adapted === "string" ? adapted : undefined,
    conformal: conformal === undefined ? undefined : checkConformal(conformal),
  };
}

/** The model as a program for one image, with its weights in place. `shapes`: an instance of the core, for its functions of shapes. */
export const placedModel = ({ definition, contents }: StoredModel, shapes: Kernels) =>
  programOfFile(definition, shapes, contents);

/** The parts of its .pulmo file, in order. */
export function encodeStored(stored: StoredModel, { shapes, crc32 }: Pick<Runtime, "shapes" | "crc32">): Uint8Array[] {
  const { threshold, metadata, unusual } = stored.contents;
  const { program, layout } = placedModel(stored, shapes);
  return encodeModel(program, layout, { threshold, metadata, unusual: unusual && encodeUnusual(unusual) }, crc32);
}
