import { recipeOf } from "./recipes.js";
import type { Settings } from "./settings.js";

/** The validation set that a training takes from train; undefined: the dataset's own val. */
export function validationOf({ recipe, valSplit: share, fold, seed }: Pick<Settings, "recipe" | "valSplit" | "fold" | "seed">) {
  return share === undefined ? undefined : { share, seed, by: recipeOf(recipe).validation, fold };
}
