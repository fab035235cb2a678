// The folder of a run: is it free, what was asked for, what is finished.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parsePredictionsCsv } from "../eval/predictions.js";
import { InputError } from "../lib/errors.js";
import { tryWritableFolder, writeFileAtomic } from "../lib/files.js";
import type { Predictions } from "../report/input.js";
import type { EnvironmentFacts, ModelResults } from "../report/results.js";
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

export type TrainedModel = Omit<ModelResults, "val" | "test">;

/** run.json: enough to go on with the run. */
export interface RunFile {
  schema: 1;
  options: Settings;
  startedAt: string;
  /** Set with the last model's results; a report made later says the same. */
  finished?: { at: string; environment: EnvironmentFacts };
  manifestSha256: string;
  /** Models whose model.safetensors is complete; with val and test once they are evaluated. */
  models: Record<string, TrainedModel | ModelResults>;
}

export const defaultFolder = (now = new Date()): string =>
  join("runs", now.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-"));

/** An unfinished training. */
export const checkpointPath = (out: string, model: string): string => join(out, model, "checkpoint.safetensors");

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

function isSettings({ models, epochs, batchSize, lr, seed, weights, pictures }: Settings): boolean {
  const texts = weights === undefined ? [] : [weights.path, weights.sha256, weights.init];
  if (pictures !== undefined && typeof pictures !== "boolean") return false;
  return texts.every((text) => typeof text === "string") && models.every((name) => MODEL_NAMES.includes(name)) && [epochs, batchSize, lr, seed].every(Number.isFinite);
}

export async function readPredictions(out: string, models: string[]): Promise<Predictions> {
  const read = async (name: string, split: string) => {
    const path = join(out, name, `predictions-${split}.csv`);
    const text = await readFile(path, "utf8").catch((error) => {
      throw new InputError(`${path} cannot be read (${error.code ?? error.message}): it belongs to the run.`);
    });
    return parsePredictionsCsv(text, path);
  };
  const entries = models.map(async (name) => [name, { val: await read(name, "val"), test: await read(name, "test") }] as const);
  return Object.fromEntries(await Promise.all(entries));
}
