// From what somebody asked for, on the command line or in a sweep's file, to a run's settings.
import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { unlessDefault } from "../data/class-names.js";
import type { ClassNames } from "../data/types.js";
import { DEFAULTS, type RecipeName, recipeOf } from "../settings/recipes.js";
import type { Fold, Settings } from "../settings/settings.js";
import { fetchedData } from "./datasets/fetched-data.js";
import { SYNTHETIC } from "./datasets/synthetic.js";

/** As typed: undefined is "not given". */
export interface SettingsAsked {
  data: string | undefined;
  classes: ClassNames | undefined;
  limit: number | undefined;
  strict: boolean;
  recipe: RecipeName | undefined;
  models: string[] | undefined;
  epochs: number | undefined;
  "batch-size": number | undefined;
  lr: number | undefined;
  seed: number | undefined;
  seeds: number[] | undefined;
  "val-split": number | undefined;
  fold: Fold | undefined;
  track: "test" | undefined;
  "target-recall": number | undefined;
  pictures: boolean;
  stress: boolean;
}

/** What was not asked for is the recipe's. Throws an InputError where two things exclude each other. */
export function settingsOf({
  data,
  classes: names,
  limit,
  strict,
  seeds,
  fold,
  pictures,
  stress,
  ...typed
}: SettingsAsked): Settings {
  if (seeds && typed.seed !== undefined) throw new InputError("--seed and --seeds are given: leave one of them out.");
  if (fold && typed["val-split"] !== undefined) {
    throw new InputError("--fold and --val-split are given: leave one of them out.");
  }
  const folder = data === undefined ? fetchedData() : data === SYNTHETIC ? data : resolve(data);
  const { recipe = folder === undefined ? "sample" : DEFAULTS.recipe, seed = seeds?.[0] ?? DEFAULTS.seed } = typed;
  const defaults = recipeOf(recipe);
  const { models = defaults.models, epochs = defaults.epochs, lr = defaults.lr } = typed;
  const batchSize = typed["batch-size"] ?? defaults.batchSize;
  const classes = unlessDefault(names);
  return {
    data: folder,
    classes: classes && [...classes],
    limit,
    strict,
    recipe,
    models,
    epochs,
    batchSize,
    lr,
    seed,
    seeds,
    valSplit: fold ? 1 / fold.of : (typed["val-split"] ?? defaults.valSplit),
    fold,
    track: typed.track === "test",
    targetRecall: typed["target-recall"],
    pictures,
    stress,
  };
}
