// Files in a run's folder that may have been replaced: run.json and metrics.json record the hashes of what belongs to the run.
import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFile } from "../node/files.js";
import { readIfValid } from "../node/read-checked.js";
import { checkModelNames } from "../report/input.js";
import { type FileHashes, isMadeFrom } from "../results/file-hashes.js";
import type { RunResults } from "../results/metrics.js";
import { PICTURES_FILE, picturesSchema } from "../results/picture-list.js";
import { STRESS_FILE, stressSchema } from "../results/stress-results.js";
import { type Training, trainings } from "../settings/settings.js";
import { modelPath, predictionsPath, RUN_FILE } from "./folder.js";
import { MAX_RUN_BYTES, type RunFile, runFileSchema } from "./run-file.js";

/** The largest file of a run, the model of a DNN, has 294 MiB. */
const MAX_BYTES = 2 ** 30;
const MAX_JSON_BYTES = 64 * 2 ** 20;

async function hashIfPossible(path: string): Promise<string | undefined> {
  const { size } = await stat(path);
  return size > MAX_BYTES ? undefined : hashOfFile(path).catch(() => undefined);
}

/** Whether the file has the hash. A file of a run that recorded no hash is believed. */
const has = async (path: string, hash: string | undefined): Promise<boolean> =>
  hash === undefined || (await hashIfPossible(path)) === hash;

export interface ModelOfRun {
  /** The run's folder. */
  out: string;
  key: string;
  run: RunFile;
}

/** The runs that `path` may be a model of: run.json beside the model's folder, or one level above it, makes it a run's folder. */
export async function runsOf(path: string): Promise<ModelOfRun[]> {
  const runs: ModelOfRun[] = [];
  for (const file of new Set([resolve(path), await realpath(path)])) {
    const folder = dirname(file);
    for (const out of [dirname(folder), dirname(dirname(folder))]) {
      const key = relative(out, folder).split(sep).join("/");
      if (file !== modelPath(out, key)) continue;
      const run = await readIfValid(join(out, RUN_FILE), runFileSchema, MAX_RUN_BYTES);
      if (run) runs.push({ out, key, run });
    }
  }
  return runs;
}

/** Throws an InputError if `path` is a model in a run's folder, but not the one that the run saved there. */
export async function checkModelOfRun(path: string): Promise<void> {
  for (const { out, key, run } of await runsOf(path)) await checkModel(out, run, key);
}

async function checkModel(out: string, { models }: RunFile, key: string): Promise<void> {
  const path = modelPath(out, key);
  const known = Object.hasOwn(models, key) ? models[key].sha256?.model : undefined;
  if (await has(path, known)) return;
  throw new InputError(
    `${path} is not the model that this run saved: its SHA-256 differs from the one in ${join(out, RUN_FILE)}. ` +
      "Put the run's own file back; to use another model, copy it to a place outside the run's folder.",
  );
}

/** The same for all trained models of a run. */
export async function checkModels(out: string, file: RunFile): Promise<void> {
  for (const key of Object.keys(file.models)) if (existsSync(modelPath(out, key))) await checkModel(out, file, key);
}

/** The splits whose predictions are missing, or are not those that the run recorded. */
export async function replacedPredictions(out: string, key: string, hashes: FileHashes | undefined): Promise<("val" | "test")[]> {
  const splits: ("val" | "test")[] = [];
  for (const split of ["val", "test"] as const) {
    const path = predictionsPath(out, key, split);
    // A run of this version records the hash before it writes the file.
    const isUnknown = hashes !== undefined && hashes[split] === undefined;
    if (!existsSync(path) || isUnknown || !(await has(path, hashes?.[split]))) splits.push(split);
  }
  return splits;
}

/** Whether the list of pictures is of another model or of other predictions. */
export async function hasForeignPictures(out: string, model: string, hashes: FileHashes | undefined): Promise<boolean> {
  const found = await readIfValid(join(out, model, PICTURES_FILE), picturesSchema(model), MAX_JSON_BYTES);
  return found !== undefined && !isMadeFrom(found, hashes);
}

/** The same for the stress tests. */
export async function hasForeignStress(out: string, model: string, hashes: FileHashes | undefined): Promise<boolean> {
  const found = await readIfValid(join(out, model, STRESS_FILE), stressSchema, MAX_JSON_BYTES);
  return found !== undefined && !isMadeFrom(found, hashes);
}

/** Paths of files in a run's folder that do not belong to its metrics.json. Files that are missing do not count. */
export async function foreignFiles(out: string, results: RunResults): Promise<string[]> {
  checkModelNames(results);
  const { seed, seeds } = results.settings;
  const foreign: string[] = [];
  for (const training of trainings({ models: Object.keys(results.models), seed, seeds: seeds ?? [seed] })) {
    const { key, model } = training;
    const hashes = hashesOf(results, training);
    for (const [path, hash] of [
      [modelPath(out, key), hashes?.model],
      [predictionsPath(out, key, "val"), hashes?.val],
      [predictionsPath(out, key, "test"), hashes?.test],
    ] as const) {
      if (existsSync(path) && !(await has(path, hash))) foreign.push(path);
    }
    if (key !== model) continue;
    if (await hasForeignPictures(out, model, hashes)) foreign.push(join(out, model, PICTURES_FILE));
    if (await hasForeignStress(out, model, hashes)) foreign.push(join(out, model, STRESS_FILE));
  }
  return foreign;
}

function hashesOf({ models }: RunResults, { key, model, seed }: Training): FileHashes | undefined {
  const { sha256, repeats } = models[model];
  return key === model ? sha256 : repeats?.find((one) => one.seed === seed)?.sha256;
}
