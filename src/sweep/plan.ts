// From a specification to tasks: every combination of values, with every seed, on every fold.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { cross } from "d3-array";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { readContent } from "../data/content.js";
import { manifestSha256 } from "../data/manifest.js";
import { trainingNeeds } from "../data/needs.js";
import { fileSha256 } from "../formats/weights.js";
import { makeFolder } from "../node/files.js";
import { isLock, lockFolder } from "../node/lock.js";
import { chooseVariant, roundingOf, type Variant } from "../node/variant.js";
import { version } from "../node/version.js";
import { reasonOf } from "../node/write-errors.js";
import type { Caller } from "../run/caller.js";
import { findDataset } from "../run/datasets/dataset.js";
import { settingsHost } from "../run/datasets/fetched-data.js";
import { cachedWeights } from "../run/training/weights.js";
import { PRETRAINED_MODEL } from "../settings/recipes.js";
import { resolveSettings } from "../settings/resolve.js";
import { type Fold, type Settings, settingsSchema } from "../settings/settings.js";
import { NO_WEIGHTS } from "../settings/table.js";
import { validationOf } from "../settings/validation.js";
import { checkSweepFolder } from "./folder-name.js";
import { nameOf, type SweepManifest, type SweepTask, saveManifest } from "./manifest.js";
import { type SweepSpec, type Value, type Varied, variedSettings } from "./spec.js";

const MOST_TASKS = 100_000;

type Values = Record<Varied, Value>;

/** Writes sweep.json into a new or empty folder. */
export async function planSweep(spec: SweepSpec, dir: string, caller: Caller, wasm?: Variant): Promise<SweepManifest> {
  checkSweepFolder(dir);
  const names = await readdir(dir).catch(ifMissing(dir));
  if (names.some((name) => !isLock(name))) throw notEmpty(dir);
  const count = spec.options.reduce((n, [, values]) => n * values.length, spec.seeds.length * (spec.folds ?? 1));
  if (count > MOST_TASKS)
    throw new InputError(`The sweep would have ${count} tasks, and at most ${MOST_TASKS} are allowed: remove values.`);
  const facts = { pulmo: version, bits: roundingOf(chooseVariant(wasm)), manifestSha256: await datasetHash(spec, caller) };
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (path: string) => hashes.get(path) ?? hashes.set(path, fileSha256(path)).get(path)!;
  const tasks: SweepTask[] = [];
  for (const values of combinations(spec)) {
    for (const seed of spec.seeds) {
      for (const fold of foldsOf(spec)) {
        const settings = settingsFor(spec, values, seed, fold);
        const weights = weightsFor(settings, values);
        const sha256 = weights === NO_WEIGHTS ? null : await hashOf(weights);
        const name = nameOf(settings, { ...facts, weights: sha256 });
        tasks.push({ name, values, settings, weights: sha256 === null ? null : { path: weights, sha256 } });
      }
    }
  }
  const varied = spec.options.flatMap(([name, values]) => (values.length > 1 ? [name] : []));
  const manifest: SweepManifest = { schema: 1, ...facts, varied, folds: spec.folds ?? null, tasks };
  await makeFolder(dir);
  const lock = await lockFolder(dir, ", or choose another folder with --out");
  try {
    // Another process may have planned a sweep there in the meantime.
    if ((await readdir(dir)).some((name) => !isLock(name))) throw notEmpty(dir);
    await saveManifest(dir, manifest);
  } finally {
    await lock.release();
  }
  return manifest;
}

const notEmpty = (dir: string): InputError => new InputError(`--out ${dir} is not empty: give a new or an empty folder.`);

/** No names if the folder does not exist yet. */
const ifMissing = (dir: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== "ENOENT") throw new InputError(`--out ${dir} is not usable: ${reasonOf(error)}. Choose another folder.`);
  return [];
};

const foldsOf = ({ folds }: SweepSpec): (Fold | undefined)[] =>
  folds === undefined ? [undefined] : Array.from({ length: folds }, (_, index) => ({ index, of: folds }));

/** The last setting changes fastest. */
const combinations = ({ options }: SweepSpec): Values[] =>
  options.reduce<Values[]>((so, [name, values]) => cross(so, values, (before, value) => ({ ...before, [name]: value })), [{}]);

function settingsFor({ data, classes }: SweepSpec, values: Values, seed: number, fold: Fold | undefined): Settings {
  const rows = variedSettings();
  const given = Object.entries(values).map(([name, value]) => {
    const { key, kind } = rows.get(name)!;
    return [key, kind.asText ? kind.parse(String(value)) : kind.item ? [value] : value];
  });
  const settings = resolveSettings(
    { ...Object.fromEntries(given), data, classes, seed, fold, pictures: false, stress: false },
    settingsHost(),
  );
  if (settings.models.length > 1) {
    throw new InputError(
      `The sweep names no models, and the recipe has ${settings.models.length}: list the models to train under "models".`,
    );
  }
  // As run.json is read back: without what is undefined.
  return v.parse(settingsSchema, JSON.parse(JSON.stringify(settings)));
}

/** What the task starts from: a file's path or "none". */
function weightsFor({ models }: Settings, { weights }: Values): string {
  if (!models.includes(PRETRAINED_MODEL)) return NO_WEIGHTS;
  if (weights !== undefined) return String(weights);
  return existsSync(cachedWeights()) ? cachedWeights() : NO_WEIGHTS;
}

async function datasetHash({ data, classes, options, folds }: SweepSpec, caller: Caller): Promise<string> {
  // --limit selects among these images, so the hash covers all of them.
  const settings = settingsFor({ data, classes, options: [], seeds: [], folds: undefined }, firstOf(options), 0, undefined);
  const ownVal = folds === undefined && validationOf(settings) === undefined;
  const needs = trainingNeeds({ tested: true, ownVal });
  const manifest = await findDataset({ data: settings.data, classes: settings.classes, limit: undefined, needs }, caller);
  await readContent(manifest, caller);
  return manifestSha256(manifest.images);
}

const firstOf = (options: SweepSpec["options"]): Values => Object.fromEntries(options.map(([name, [value]]) => [name, value]));
