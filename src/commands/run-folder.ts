// The folder of a run: is it free, what was asked for, what is finished.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Split } from "../data/types.js";
import { parsePredictionsCsv, type Predictions } from "../eval/predictions.js";
import { InputError } from "../core/errors.js";
import { tryWritableFolder, writeFileAtomic } from "../node/files.js";
import type { EnvironmentFacts, ModelResults } from "../results/metrics.js";
import { MODEL_NAMES } from "./options.js";

/** How a training was asked for: all that decides its numbers but the images themselves. */
export interface Settings {
  /** Absolute, so that a resumed run finds it from anywhere; undefined: the synthetic set. */
  data: string | undefined;
  limit: number | undefined;
  strict: boolean;
  models: string[];
  epochs: number;
  batchSize: number;
  lr: number;
  seed: number;
  /** With more than one seed: all of them, `seed` first. */
  seeds?: number[] | undefined;
  targetRecall?: number | undefined;
  /** Share of train that became the validation set. */
  valSplit?: number | undefined;
  /** What resnet18 starts from; undefined: from scratch. */
  weights?: WeightsSetting | undefined;
  /** False: `run` draws no pictures. */
  pictures?: boolean | undefined;
}

export interface WeightsSetting {
  /** Absolute. */
  path: string;
  sha256: string;
  /** How metrics.json names them. */
  init: string;
}

export type TrainedModel = Pick<ModelResults, "params" | "init" | "trainSeconds" | "epochs">;

/** One model with one seed. */
export interface Training {
  /** Its folder within the run's and its name in run.json: the model's, and with further seeds `<model>/seed-<n>`. */
  key: string;
  model: string;
  seed: number;
}

export const trainings = ({ models, seed, seeds = [seed] }: Pick<Settings, "models" | "seed" | "seeds">): Training[] =>
  models.flatMap((model) => seeds.map((s) => ({ key: s === seed ? model : `${model}/seed-${s}`, model, seed: s })));

/** run.json: enough to go on with the run. */
export interface RunFile {
  schema: 1;
  options: Settings;
  startedAt: string;
  /** Set with the last model's results; a report made later says the same. */
  finished?: { at: string; environment: EnvironmentFacts; commit?: string | null };
  manifestSha256: string;
  /** Trainings whose model.safetensors is complete, by their keys. */
  models: Record<string, TrainedModel>;
}

export const defaultFolder = (now = new Date()): string =>
  join("runs", now.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-"));

export const modelPath = (out: string, key: string): string => join(out, key, "model.safetensors");

/** An unfinished training. */
export const checkpointPath = (out: string, key: string): string => join(out, key, "checkpoint.safetensors");

/** Of the splits that are evaluated, test comes last: where its predictions are, everything is. */
export const EVALUATED = ["val", "test"] as const;
export const predictionsPath = (out: string, key: string, split: Split): string => join(out, key, `predictions-${split}.csv`);

/** Refuses a folder that holds anything or cannot be written; leaves no trace. */
export async function checkFree(out: string): Promise<void> {
  try {
    const names: string[] = await readdir(out).catch((error) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    if (names.includes("run.json")) {
      throw new InputError(`--out ${out} already holds a run: choose another folder, or go on with that run by --resume ${out}.`);
    }
    if (names.length > 0) throw new InputError(`--out ${out} is not empty: choose a new or an empty folder.`);
    await tryWritableFolder(out);
  } catch (error) {
    throw error instanceof InputError ? error : unwritable(out, error as NodeJS.ErrnoException);
  }
}

export const unwritable = (out: string, error: NodeJS.ErrnoException): InputError =>
  new InputError(`The folder ${out} cannot be written to (${error.code ?? error.message}): choose another with --out.`);

export const saveRunFile = (out: string, file: RunFile): Promise<void> =>
  writeFileAtomic(join(out, "run.json"), `${JSON.stringify(file, null, 1)}\n`);

export async function readRunFile(out: string): Promise<RunFile> {
  const path = join(out, "run.json");
  const text = await readFile(path, "utf8").catch((error) => {
    throw new InputError(`--resume ${out}: ${path} cannot be read (${error.code ?? error.message}): name the folder of an earlier run.`);
  });
  try {
    const file = JSON.parse(text) as RunFile;
    if (file.schema === 1 && isSettings(file.options) && typeof file.models === "object") return file;
  } catch {
    // Falls through: the same answer for every kind of damage.
  }
  throw new InputError(`--resume ${out}: ${path} is damaged: start the run anew.`);
}

function isSettings({ models, epochs, batchSize, lr, seed, weights, seeds = [seed], valSplit = 0, targetRecall = 0, pictures = true }: Settings): boolean {
  const texts = weights === undefined ? [] : [weights.path, weights.sha256, weights.init];
  const numbers = [epochs, batchSize, lr, seed, valSplit, targetRecall, ...seeds];
  if (typeof pictures !== "boolean") return false;
  return texts.every((text) => typeof text === "string") && models.every((name) => MODEL_NAMES.includes(name)) && numbers.every(Number.isFinite);
}

/** By the trainings' keys. */
export async function readPredictions(out: string, keys: string[]): Promise<Predictions> {
  const read = async (key: string, split: Split) => {
    const path = predictionsPath(out, key, split);
    const text = await readFile(path, "utf8").catch((error) => {
      throw new InputError(`${path} cannot be read (${error.code ?? error.message}): it belongs to the run.`);
    });
    return parsePredictionsCsv(text, path);
  };
  const entries = keys.map(async (key) => [key, { val: await read(key, "val"), test: await read(key, "test") }] as const);
  return Object.fromEntries(await Promise.all(entries));
}
