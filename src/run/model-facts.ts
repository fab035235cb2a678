// Metadata of a model file: everything that a reader needs to treat images as in training.
import { InputError } from "../core/errors.js";
import type { ModelDefinition, Normalization } from "../core/models/definition.js";
import { findModel } from "../core/models/index.js";
import { FormatError } from "../core/tensors.js";
import { parseUnusual, type UnusualStatistics, unusualText } from "../core/unusual.js";
import { CLASS_NAMES_WANTED, parseClassNames, unlessDefault } from "../data/class-names.js";
import { CLASSES, type ClassNames } from "../data/types.js";
import { type Conformal, conformalText, parseConformal } from "../eval/conformal.js";
import { IMAGE_SIZE, type RecipeName, recipeOf } from "../settings/recipes.js";

export interface ModelFacts {
  recipe?: string | undefined;
  /** Names of classes 0 and 1; undefined: NORMAL and PNEUMONIA. */
  classes?: ClassNames | undefined;
  /** Normalization after pixels / 255; undefined: none. */
  normalization?: Normalization | undefined;
  /** Divisor of the last layer, fitted on validation images; undefined: not calibrated. */
  temperature?: number | undefined;
  /** Decision threshold: PNEUMONIA if p is above it. */
  threshold: number;
  /** Statistics of the training images, which tell unusual images; undefined: none. */
  unusual?: UnusualStatistics | undefined;
  /** Scores of the validation images, for decisions with a chosen error rate; undefined: none. */
  conformal?: Conformal | undefined;
  /** What `adapt` has done, as JSON; undefined: nothing. */
  adapted?: string | undefined;
}

export const THRESHOLD = 0.5;

/** As metadata of safetensors and ONNX: text by name. */
export function toMetadata({
  recipe,
  classes,
  normalization,
  temperature,
  threshold,
  unusual,
  conformal,
  adapted,
}: ModelFacts): Record<string, string> {
  return {
    ...(recipe !== undefined && { recipe }),
    ...(classes && { classes: classes.join() }),
    size: String(IMAGE_SIZE),
    ...(normalization && { mean: normalization.mean.join(), std: normalization.std.join() }),
    ...(temperature !== undefined && { temperature: String(temperature) }),
    threshold: String(threshold),
    ...(unusual && { unusual: unusualText(unusual) }),
    ...(conformal && { conformal: conformalText(conformal) }),
    ...(adapted !== undefined && { adapted }),
  };
}

/** Metadata of a .pulmo file, which states threshold and `unusual` elsewhere. Keys with the value undefined are left out in JSON. */
export function fileMetadata(
  { name, mapKind, hidden }: Pick<ModelDefinition, "name" | "mapKind" | "hidden">,
  { classes = CLASSES, recipe, normalization, temperature, conformal, adapted }: Omit<ModelFacts, "threshold" | "unusual">,
  pulmo: string,
): Record<string, unknown> {
  // Readers take the usual widths where none are stated.
  const own = hidden?.join() === findModel(name)?.hidden?.join() ? undefined : hidden;
  return { model: name, hidden: own, classes, recipe, ...normalization, temperature, mapKind, pulmo, conformal, adapted };
}

/** Metadata of a model trained with a recipe. */
export function modelMetadata(
  model: string,
  { recipe, ...fitted }: Pick<ModelFacts, "classes" | "temperature" | "unusual" | "conformal"> & { recipe: RecipeName },
): Record<string, string> {
  const { normalization } = recipeOf(recipe);
  return { format: "pt", model, ...toMetadata({ recipe, normalization, threshold: THRESHOLD, ...fitted }) };
}

const MAX_TEXT = 200;

/** Reads and checks the metadata of a file. `path` is used in messages. */
export function fromMetadata(metadata: Record<string, string>, path: string): ModelFacts {
  const { recipe, classes, size, mean, std, temperature, threshold, unusual, conformal, adapted } = metadata;
  const fault = (name: string, wanted: string) => {
    const said = JSON.stringify(metadata[name].slice(0, 40));
    return new InputError(`${path}: the metadata entry ${name} is ${said}, not ${wanted}: export the model again.`);
  };
  const number = (name: string, passes: (x: number) => boolean, wanted: string): number => {
    const value = Number(metadata[name]);
    if (metadata[name].length > MAX_TEXT || metadata[name].trim() === "" || !passes(value)) throw fault(name, wanted);
    return value;
  };
  const named = parseClassNames(classes?.slice(0, MAX_TEXT) ?? "");
  if (classes !== undefined && !named) throw fault("classes", CLASS_NAMES_WANTED);
  if (size !== undefined) number("size", (x) => x === IMAGE_SIZE, `${IMAGE_SIZE}`);
  if ((mean === undefined) !== (std === undefined)) {
    throw new InputError(`${path}: the metadata contain only one of mean and std: export the model again.`);
  }
  return {
    recipe: recipe?.slice(0, MAX_TEXT),
    classes: unlessDefault(named ?? undefined),
    normalization: mean === undefined ? undefined : readNormalization(mean, std, fault),
    temperature:
      temperature === undefined ? undefined : number("temperature", (x) => x > 0 && Number.isFinite(x), "a number above 0"),
    threshold: threshold === undefined ? THRESHOLD : number("threshold", (x) => x > 0 && x < 1, "a number between 0 and 1"),
    unusual: unusual === undefined ? undefined : parsed(parseUnusual, unusual, path),
    conformal: conformal === undefined ? undefined : parsed(parseConformal, conformal, path),
    adapted: adapted?.slice(0, MAX_TEXT),
  };
}

function parsed<T>(parse: (text: string) => T, text: string, path: string): T {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof FormatError ? new InputError(`${path}: ${error.message}: export the model again.`) : error;
  }
}

/** Parses three comma-separated numbers each. `fault` makes the error for "mean" or "std". */
export function readNormalization(
  mean: string,
  std: string,
  fault: (name: "mean" | "std", wanted: string) => InputError,
): Normalization {
  const three = (name: "mean" | "std", text: string, passes: (x: number) => boolean, wanted: string) => {
    const values = text.length > MAX_TEXT ? [] : text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
    if (values.length !== 3 || !values.every((x) => Number.isFinite(x) && passes(x))) throw fault(name, wanted);
    return values as [number, number, number];
  };
  const three01 = {
    mean: three("mean", mean, () => true, "three numbers separated by commas"),
    std: three("std", std, (x) => x > 0, "three numbers above 0 separated by commas"),
  };
  checkNormalization(three01, fault);
  return three01;
}

/** Pixels are in 0..1: a mean or deviation above 1 is of pixels in 0..255. Throws `fault`'s error, by default an InputError about the object. */
export function checkNormalization(
  given: Normalization,
  fault = (name: "mean" | "std", wanted: string) =>
    new InputError(`The normalization's ${name} is ${JSON.stringify(given[name])}, not ${wanted}.`),
): void {
  for (const name of ["mean", "std"] as const) {
    const values: unknown = given[name];
    const isThree = Array.isArray(values) && values.length === 3 && values.every((x) => Number.isFinite(x));
    if (!isThree || (name === "std" && !values.every((x) => x > 0))) throw fault(name, "three numbers, for std above 0");
    if (values.some((x) => Math.abs(x) > 1)) {
      throw fault(name, "values for pixels in 0..1 (divide values for pixels in 0..255 by 255)");
    }
  }
}
