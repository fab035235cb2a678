// What `run` and `train` share: from what was typed to what is asked for.
import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { unlessDefault } from "../data/class-names.js";
import type { ClassNames } from "../data/types.js";
import { fetchedData } from "../run/fetched-data.js";
import { defaultFolder } from "../run/folder.js";
import type { Request } from "../run/job.js";
import { DEFAULTS, type RecipeName, recipeOf } from "../run/recipe.js";
import { readRunFile } from "../run/run-file.js";
import type { Settings } from "../run/settings.js";
import { SYNTHETIC } from "../run/synthetic.js";

/** As typed: undefined is "not given". */
export interface TrainingArguments {
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
  track: "test" | undefined;
  "target-recall": number | undefined;
  weights: string | undefined;
  pictures: boolean;
  stress: boolean;
  threads: number;
  "save-every": number | undefined;
  out: string | undefined;
  resume: string | undefined;
  quiet: boolean;
  json: boolean;
}

export async function requestOf(command: "run" | "train", typed: TrainingArguments): Promise<Request> {
  const { resume, out = defaultFolder(), weights, threads, "save-every": saveEvery } = typed;
  if (resume === undefined) return { command, out, settings: settingsOf(typed), weights, threads, saveEvery };
  refuseSettings(typed);
  const previous = await readRunFile(resume);
  return { command, out: resume, settings: previous.options, previous, threads, saveEvery };
}

/** A resumed run keeps its settings: different ones would be ignored, so they are refused. */
function refuseSettings(typed: TrainingArguments): void {
  const kept = [
    "out",
    "data",
    "classes",
    "limit",
    "strict",
    "recipe",
    "models",
    "epochs",
    "batch-size",
    "lr",
    "seed",
    "seeds",
    "val-split",
    "track",
    "target-recall",
    "weights",
  ] as const;
  const without = (["pictures", "stress"] as const).find((name) => !typed[name]);
  const name = without ? `no-${without}` : kept.find((name) => typed[name] !== undefined && typed[name] !== false);
  if (name)
    throw new InputError(`--resume goes on with the settings that ${typed.resume} was started with: leave out --${name}.`);
}

function settingsOf({ data, classes: names, limit, strict, seeds, pictures, stress, ...typed }: TrainingArguments): Settings {
  if (seeds && typed.seed !== undefined) throw new InputError("--seed and --seeds are given: leave one of them out.");
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
    valSplit: typed["val-split"] ?? defaults.valSplit,
    track: typed.track === "test",
    targetRecall: typed["target-recall"],
    pictures,
    stress,
  };
}
