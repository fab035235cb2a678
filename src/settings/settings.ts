// How a run was asked for: plain data, made from the arguments once and kept in run.json.
import * as v from "valibot";
import { areClassNames } from "../data/class-names.js";
import { MODEL_NAMES, RECIPE_NAMES, type RecipeName } from "./recipes.js";

/** All that decides a run's numbers but the images themselves. */
export interface Settings {
  /** Absolute, so that a resumed run finds it from anywhere, or "synthetic"; undefined: the sample. */
  data?: string | undefined;
  /** What classes 0 and 1 are called; undefined: NORMAL and PNEUMONIA. */
  classes?: [negative: string, positive: string] | undefined;
  limit?: number | undefined;
  strict: boolean;
  /** Absent in the files of the first versions: the study's. */
  recipe?: RecipeName | undefined;
  models: string[];
  epochs: number;
  batchSize: number;
  lr: number;
  seed: number;
  /** With more than one seed: all of them, `seed` first. */
  seeds?: number[] | undefined;
  /** Share of train that became the validation set. */
  valSplit?: number | undefined;
  /** Which of so many folds that share is: whole patients, the same whatever the seed. */
  fold?: Fold | undefined;
  /** The test set is scored after every epoch; nothing depends on it. */
  track?: boolean | undefined;
  targetRecall?: number | undefined;
  /** False: `run` draws no pictures. */
  pictures?: boolean | undefined;
  /** False: `run` makes no stress tests. */
  stress?: boolean | undefined;
  /** What resnet18 starts from; undefined: from scratch. */
  weights?: WeightsSetting | undefined;
}

export interface Fold {
  /** From 0. */
  index: number;
  of: number;
}

export const MOST_FOLDS = 100;

export interface WeightsSetting {
  /** Absolute. */
  path: string;
  sha256: string;
  /** How metrics.json names them. */
  init: string;
}

// The bounds are those of commands/options.ts: run.json may have been changed by hand.
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const upTo = (most: number) => v.pipe(v.number(), v.gtValue(0), v.maxValue(most));
const seed = whole(0, 2 ** 32 - 1);

export const settingsSchema: v.GenericSchema<unknown, Settings> = v.object({
  data: v.optional(v.string()),
  classes: v.optional(v.custom<[string, string]>((value) => Array.isArray(value) && areClassNames(value))),
  limit: v.optional(whole(1, 10_000_000)),
  strict: v.boolean(),
  recipe: v.optional(v.picklist(RECIPE_NAMES)),
  models: v.pipe(v.array(v.picklist(MODEL_NAMES)), v.minLength(1)),
  epochs: whole(1, 10_000),
  batchSize: whole(1, 4096),
  lr: upTo(10),
  seed,
  seeds: v.optional(v.pipe(v.array(seed), v.minLength(1), v.maxLength(100))),
  valSplit: v.optional(upTo(0.5)),
  fold: v.optional(
    v.pipe(
      v.object({ index: whole(0, MOST_FOLDS - 1), of: whole(2, MOST_FOLDS) }),
      v.check(({ index, of }) => index < of),
    ),
  ),
  track: v.optional(v.boolean()),
  targetRecall: v.optional(upTo(1)),
  pictures: v.optional(v.boolean()),
  stress: v.optional(v.boolean()),
  weights: v.optional(v.object({ path: v.string(), sha256: v.string(), init: v.string() })),
});

/** One model with one seed. */
export interface Training {
  /** Its folder within the run's and its name in run.json: the model's, and with further seeds `<model>/seed-<n>`. */
  key: string;
  model: string;
  seed: number;
}

export const trainings = ({ models, seed, seeds = [seed] }: Pick<Settings, "models" | "seed" | "seeds">): Training[] =>
  models.flatMap((model) => seeds.map((s) => ({ key: s === seed ? model : `${model}/seed-${s}`, model, seed: s })));
