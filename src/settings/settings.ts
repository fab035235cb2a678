// The settings of a run as run.json keeps them: all that decides its results but the images themselves.
import * as v from "valibot";
import type { Part } from "./kinds.js";
import { recipeOf } from "./recipes.js";
import { SETTINGS, type Table } from "./table.js";

export type { WeightsSetting } from "./table.js";
/** Which of several folds of train is the validation set. */
export type Fold = Part;

type Entries<T> = {
  [K in keyof T as T[K] extends { stored: v.GenericSchema } ? K : never]: T[K] extends { stored: infer S extends v.GenericSchema }
    ? S
    : never;
};

/** Also for a run.json that was edited by hand: the bounds are those of the command line. */
export function settingsSchemaOf<T extends Table>(table: T): v.ObjectSchema<Entries<T>, undefined> {
  const entries = Object.entries(table).flatMap(([key, { stored }]) => (stored ? [[key, stored]] : []));
  return v.object(Object.fromEntries(entries) as Entries<T>);
}

export const settingsSchema = settingsSchemaOf(SETTINGS);
export type Settings = v.InferOutput<typeof settingsSchema>;

/** What a run's settings say about the training loop. */
export function loopOptions({ epochs, smallEpochs, recipe }: Pick<Settings, "epochs" | "smallEpochs" | "recipe">) {
  const { balanced, schedule, augmentation } = recipeOf(recipe);
  return { epochs, smallEpochs, balanced, schedule, augmentation };
}

/** One model with one seed. */
export interface Training {
  /** Its folder within the run's and its name in run.json: the model's, and with further seeds `<model>/seed-<n>`. */
  key: string;
  model: string;
  seed: number;
}

export const trainings = ({ models, seed, seeds = [seed] }: Pick<Settings, "models" | "seed" | "seeds">): Training[] =>
  models.flatMap((model) => seeds.map((s) => ({ key: s === seed ? model : `${model}/seed-${s}`, model, seed: s })));
