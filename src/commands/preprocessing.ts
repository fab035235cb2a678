// --mean, --std and --recipe: how images are to be normalized for a checkpoint that does not say.
import { InputError } from "../core/errors.js";
import { readNormalization } from "../run/model-facts.js";
import type { CheckpointOptions } from "../run/scoring/open-checkpoint.js";
import { type RecipeName, recipeOf } from "../settings/recipes.js";

/** As typed: undefined is "not given". */
export interface CheckpointArguments {
  checkpoint: string;
  recipe: RecipeName | undefined;
  mean: string | undefined;
  std: string | undefined;
}

export function checkpointOf({ checkpoint, recipe, mean, std }: CheckpointArguments): CheckpointOptions {
  if (recipe !== undefined && (mean ?? std) !== undefined) {
    throw new InputError("--recipe tells mean and deviation: leave out --mean and --std, or --recipe.");
  }
  if (recipe !== undefined) return { checkpoint, normalization: recipeOf(recipe).normalization };
  if (mean === undefined && std === undefined) return { checkpoint };
  if (mean === undefined || std === undefined) throw new InputError("--mean and --std go together: give both.");
  const typed = { mean, std };
  const fault = (name: "mean" | "std", wanted: string) =>
    new InputError(`--${name} is ${JSON.stringify(typed[name])}: give ${wanted}.`);
  return { checkpoint, normalization: readNormalization(mean, std, fault) };
}
