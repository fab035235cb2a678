// --weights: choice and check of the file, and its name in the report.
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import type { Normalization } from "../../core/models/definition.js";
import { printable } from "../../core/printable.js";
import { float32Values, isFloat } from "../../core/tensors.js";
import { defaultCacheDir } from "../../data/cache-folder.js";
import { CLASSES, type ClassNames } from "../../data/types.js";
import { fileOfWeights, fileSha256 } from "../../formats/weights.js";
import { DEFAULTS, PRETRAINED_MODEL, RECIPE_NAMES, type RecipeName, recipeOf } from "../../settings/recipes.js";
import { type Settings, trainings, type WeightsSetting } from "../../settings/settings.js";
import { checkFinite } from "../../train/checkpoint.js";
import { chooseWeights, ITSELF, notesOf, readingName } from "../../train/choose-weights.js";
import type { Fit } from "../../train/fit.js";
import type { Head } from "../../train/last-layer.js";
import { type Pretrained, pretrainedOf } from "../../train/pretrained.js";
import type { Caller } from "../caller.js";
import { checkpointPath } from "../folder.js";
import { fromMetadata } from "../model-facts.js";
import type { RunFile } from "../run-file.js";
import { readSets } from "../scoring/open-checkpoint.js";
import type { NewRun } from "./job.js";
import type { Plans } from "./networks.js";

/** torchvision's file name contains the first eight digits of the SHA-256. */
export const OFFICIAL_WEIGHTS = {
  name: "resnet18-f37072fd.pth",
  sha256: "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
};

/** The target of `weights fetch` and the default of --weights. */
export const cachedWeights = (): string => join(defaultCacheDir(), OFFICIAL_WEIGHTS.name);

export interface Weights {
  setting: WeightsSetting;
  pretrained: Pretrained;
  /** Phrases that follow the file's name. */
  notes: string[];
}

/** The weights of a new run: the named file, else the downloaded one. Undefined for "none" or if there is no file. */
export async function chosenWeights(
  {
    settings,
    weights: named,
    weightsSha256,
  }: Pick<NewRun, "weights" | "weightsSha256"> & { settings: Pick<Settings, "recipe" | "classes"> },
  plans: Plans,
  caller: Caller,
): Promise<Weights | undefined> {
  const fetched = recipeOf(settings.recipe).pretrained && plans.has(PRETRAINED_MODEL) && existsSync(cachedWeights());
  const path = named ?? (fetched ? cachedWeights() : "none");
  if (path === "none") return undefined;
  const weights = await openWeights(path, plans, settings);
  if (weightsSha256 !== undefined && weights.setting.sha256 !== weightsSha256) {
    throw new InputError(`${path} was changed while the run started: restore the original file, then start it again.`);
  }
  for (const note of weights.notes) caller.info(`Note: ${path} ${note}.`);
  return weights;
}

/** The weights of a resumed run, if a training has yet to start from them. Checks that the file is unchanged. */
export async function weightsLeftToLoad(out: string, { options, models }: RunFile, plans: Plans): Promise<Weights | undefined> {
  const known = options.weights;
  const unstarted = trainings(options).some(
    ({ key, model }) => model === PRETRAINED_MODEL && !models[key] && !existsSync(checkpointPath(out, key)),
  );
  if (!known || !unstarted) return undefined;
  const weights = await openWeights(known.path, plans, options);
  if (weights.setting.sha256 !== known.sha256) {
    throw new InputError(`${known.path} has changed since this run was started: restore the original file, or start a new run.`);
  }
  return weights;
}

/** Reads and checks a file for --weights. */
async function openWeights(given: string, plans: Plans, settings: Pick<Settings, "recipe" | "classes">): Promise<Weights> {
  const plan = plans.get(PRETRAINED_MODEL);
  if (!plan) {
    const models = [...plans.keys()].join(",");
    throw new InputError(
      `--weights requires ${PRETRAINED_MODEL}, which is missing in --models ${models}: add it, or remove --weights.`,
    );
  }
  const path = await fileOfWeights(given);
  const before = await stampOf(path);
  const file = await readSets(path);
  const sha256 = await fileSha256(file.path);
  // The recorded hash must be that of the bytes that were read.
  if ((await stampOf(path)) !== before) {
    throw new InputError(`${path} was changed while it was read: wait until the file is complete, then start again.`);
  }
  const { model, store } = plan.program;
  const fit = chooseWeights(file, [{ model, tensors: store }], { freshHead: true, hasEntryOption: false });
  const pretrained = pretrainedOf(fit);
  for (const [name, tensor] of pretrained.tensors) if (isFloat(tensor)) checkFinite(float32Values(tensor), name, file.path);
  const init = describe(file.path, sha256, pretrained, fit);
  const { recipe = DEFAULTS.recipe, classes = CLASSES } = settings;
  const facts = fromMetadata(file.metadata, file.path);
  checkNormalizations(file.path, { normalization: facts.normalization, isStated: file.metadata.size !== undefined }, recipe);
  const notes = [...notesOf(fit, CLASSES[1]), ...headNote(pretrained, fit.head, facts.classes ?? CLASSES, classes)];
  if (facts.normalization === undefined && file.metadata.size === undefined) notes.push(unsaid(fit.head, recipe));
  return { setting: { path: resolve(file.path), sha256, init }, pretrained, notes };
}

/** Differs after the file was replaced or written. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : "";
}

const inWords = (normalization: Normalization | undefined): string =>
  normalization
    ? `normalized by mean ${normalization.mean.join(",")} and standard deviation ${normalization.std.join(",")}`
    : "in 0..1";

const same = (a: Normalization | undefined, b: Normalization | undefined): boolean => inWords(a) === inWords(b);

/** Throws an InputError if the file states another normalization than the recipe's: its weights expect other pixels. */
function checkNormalizations(
  path: string,
  { normalization, isStated }: { normalization: Normalization | undefined; isStated: boolean },
  recipe: RecipeName,
): void {
  const own = recipeOf(recipe).normalization;
  if ((normalization === undefined && !isStated) || same(normalization, own)) return;
  const fitting = RECIPE_NAMES.filter((name) => recipeOf(name).pretrained && same(recipeOf(name).normalization, normalization));
  const advice = fitting.length > 0 ? `use --recipe ${fitting.join(" or ")}, or weights` : "use weights";
  throw new InputError(
    `--weights ${path} was trained on pixels ${inWords(normalization)}, but --recipe ${recipe} has pixels ${inWords(own)}: ${advice} that were trained on the same.`,
  );
}

/** Of a file that does not state its normalization. */
function unsaid(head: Head | undefined, recipe: RecipeName): string {
  const own = inWords(recipeOf(recipe).normalization);
  if (head?.weight.shape[0] !== IMAGENET_CLASSES)
    return `does not say how its images are normalized; this training has pixels ${own} (--recipe ${recipe})`;
  return recipeOf(recipe).normalization
    ? `has ImageNet weights, and this training has pixels ${own}, as usual for them`
    : `has ImageNet weights, usually for normalized pixels; this training has pixels ${own}, as in the study (--recipe ${recipe})`;
}

const IMAGENET_CLASSES = 1000;

function describe(path: string, sha256: string, { freshClassifier }: Pretrained, fit: Fit): string {
  const name = basename(path);
  const reading = readingName(fit);
  const file = `${name}, sha256 ${sha256.slice(0, 8)}${reading === ITSELF ? "" : `, ${printable(reading)}`}`;
  if (!freshClassifier) return `weights (${file})`;
  if (fit.head?.weight.shape[0] !== IMAGENET_CLASSES) return `weights without the last layer (${file})`;
  return name.includes("reconstructed") ? `reconstructed ImageNet weights (${file})` : `ImageNet weights (${file})`;
}

/** Whether the last layer is kept. */
function headNote({ freshClassifier }: Pretrained, head: Head | undefined, own: ClassNames, classes: ClassNames): string[] {
  if (!freshClassifier) {
    const others = own.join() === classes.join() ? "" : `, although it was trained for ${own[0]} and ${own[1]}`;
    return [`has a last layer for two classes, which is kept${others}`];
  }
  const found = head ? `has ${head.weight.shape[0]} outputs in its last layer (${head.name})` : "has no last layer that fits";
  return [`${found}: the last layer starts from random values, everything else from the file`];
}
