// From a spec to the tasks: every combination of values, with every seed and on every fold.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { cross } from "d3-array";
import * as v from "valibot";
import { InputError } from "../core/errors.js";
import { manifestSha256 } from "../data/manifest.js";
import { fileSha256 } from "../formats/weights.js";
import { makeFolder } from "../node/files.js";
import { chooseVariant } from "../node/variant.js";
import { version } from "../node/version.js";
import type { Caller } from "../run/caller.js";
import { findDataset } from "../run/datasets/dataset.js";
import { settingsOf } from "../run/settings-asked.js";
import { cachedWeights } from "../run/training/weights.js";
import { PRETRAINED_MODEL, type RecipeName } from "../settings/recipes.js";
import { type Fold, type Settings, settingsSchema } from "../settings/settings.js";
import { bitsOf, nameOf, type SweepManifest, type SweepTask, saveManifest } from "./manifest.js";
import type { SweepSpec, Value, Varied } from "./spec.js";

const MOST_TASKS = 100_000;

type Values = Partial<Record<Varied, Value>>;

/** Writes sweep.json into a new or empty folder. */
export async function planSweep(spec: SweepSpec, dir: string, caller: Caller): Promise<SweepManifest> {
  const names = await readdir(dir).catch(() => []);
  if (names.length > 0) throw new InputError(`--out ${dir} is not empty: choose a new or an empty folder.`);
  const count = spec.options.reduce((n, [, values]) => n * values.length, spec.seeds.length * (spec.folds ?? 1));
  if (count > MOST_TASKS)
    throw new InputError(`The sweep would have ${count} tasks: leave out values; at most ${MOST_TASKS} are planned.`);
  const facts = { pulmo: version, bits: bitsOf(chooseVariant()), manifestSha256: await datasetHash(spec, caller) };
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (path: string) => hashes.get(path) ?? hashes.set(path, fileSha256(path)).get(path)!;
  const tasks: SweepTask[] = [];
  for (const values of combinations(spec)) {
    for (const seed of spec.seeds) {
      for (const fold of foldsOf(spec)) {
        const settings = settingsFor(spec, values, seed, fold);
        const weights = weightsFor(settings, values);
        const start = weights === "none" ? null : await hashOf(weights);
        tasks.push({ name: nameOf(settings, { ...facts, weights: start }), values, settings, weights });
      }
    }
  }
  const varied = spec.options.flatMap(([name, values]) => (values.length > 1 ? [name] : []));
  const manifest: SweepManifest = { schema: 1, ...facts, varied, folds: spec.folds ?? null, tasks };
  await makeFolder(dir);
  await saveManifest(dir, manifest);
  return manifest;
}

const foldsOf = ({ folds }: SweepSpec): (Fold | undefined)[] =>
  folds === undefined ? [undefined] : Array.from({ length: folds }, (_, index) => ({ index, of: folds }));

/** The last option changes fastest. */
const combinations = ({ options }: SweepSpec): Values[] =>
  options.reduce<Values[]>((so, [name, values]) => cross(so, values, (before, value) => ({ ...before, [name]: value })), [{}]);

function settingsFor(spec: SweepSpec, values: Values, seed: number, fold: Fold | undefined): Settings {
  const number = (name: Varied) => values[name] as number | undefined;
  const settings = settingsOf({
    ...{ data: spec.data, classes: spec.classes, limit: number("limit"), strict: false, seed, seeds: undefined, fold },
    recipe: values.recipe as RecipeName | undefined,
    models: values.models === undefined ? undefined : [String(values.models)],
    ...{ epochs: number("epochs"), "batch-size": number("batch-size"), lr: number("lr"), "val-split": number("val-split") },
    ...{ track: undefined, "target-recall": undefined, pictures: false, stress: false },
  });
  if (settings.models.length > 1) {
    throw new InputError(`The sweep names no models, and the recipe has ${settings.models.length}: say which with "models".`);
  }
  // As run.json is read back: without what is undefined.
  return v.parse(settingsSchema, JSON.parse(JSON.stringify(settings)));
}

/** What the task starts from: a file's path or "none". */
function weightsFor({ models }: Settings, { weights }: Values): string {
  if (!models.includes(PRETRAINED_MODEL)) return "none";
  if (weights !== undefined) return String(weights);
  return existsSync(cachedWeights()) ? cachedWeights() : "none";
}

async function datasetHash({ data, classes, options }: SweepSpec, caller: Caller): Promise<string> {
  // Of limited sets all have the same images to choose from.
  const settings = settingsFor({ data, classes, options: [], seeds: [], folds: undefined }, firstOf(options), 0, undefined);
  const manifest = await findDataset({ data: settings.data, classes: settings.classes, limit: undefined }, caller);
  return manifestSha256(manifest.images);
}

const firstOf = (options: SweepSpec["options"]): Values => Object.fromEntries(options.map(([name, [value]]) => [name, value]));
