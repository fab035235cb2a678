// --weights: choice and check of the file, and its name in the report.
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { printable } from "../../core/printable.js";
import { float32Values, isFloat } from "../../core/tensors.js";
import { defaultCacheDir } from "../../data/cache-folder.js";
import { CLASSES } from "../../data/types.js";
import { fileSha256, readWeightSets } from "../../formats/weights.js";
import { PRETRAINED_MODEL, recipeOf } from "../../settings/recipes.js";
import { type Settings, trainings, type WeightsSetting } from "../../settings/settings.js";
import { checkFinite } from "../../train/checkpoint.js";
import { chooseWeights, ITSELF, notesOf, readingName } from "../../train/choose-weights.js";
import type { Fit } from "../../train/fit.js";
import type { Head } from "../../train/last-layer.js";
import { type Pretrained, pretrainedOf } from "../../train/pretrained.js";
import type { Caller } from "../caller.js";
import { checkpointPath } from "../folder.js";
import { checkModelOfRun } from "../own-files.js";
import type { RunFile } from "../run-file.js";
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
  { settings, weights: named, weightsSha256 }: Pick<NewRun, "weights" | "weightsSha256"> & { settings: Pick<Settings, "recipe"> },
  plans: Plans,
  caller: Caller,
): Promise<Weights | undefined> {
  const fetched = recipeOf(settings.recipe).pretrained && plans.has(PRETRAINED_MODEL) && existsSync(cachedWeights());
  const path = named ?? (fetched ? cachedWeights() : "none");
  if (path === "none") return undefined;
  const weights = await openWeights(path, plans);
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
  const weights = await openWeights(known.path, plans);
  if (weights.setting.sha256 !== known.sha256) {
    throw new InputError(`${known.path} has changed since this run was started: restore the original file, or start a new run.`);
  }
  return weights;
}

/** Reads and checks a file for --weights. */
async function openWeights(path: string, plans: Plans): Promise<Weights> {
  const plan = plans.get(PRETRAINED_MODEL);
  if (!plan) {
    const models = [...plans.keys()].join(",");
    throw new InputError(
      `--weights requires ${PRETRAINED_MODEL}, which is missing in --models ${models}: add it, or remove --weights.`,
    );
  }
  const before = await stampOf(path);
  const file = await readWeightSets(path);
  await checkModelOfRun(file.path);
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
  const notes = [...notesOf(fit, CLASSES[1]), ...freshNote(pretrained, fit.head)];
  return { setting: { path: resolve(file.path), sha256, init }, pretrained, notes };
}

/** Differs after the file was replaced or written. `path`: the file, or the folder of a model. */
async function stampOf(path: string): Promise<string> {
  const stats = await Promise.all(
    [path, join(path, "model.safetensors")].map((at) => stat(at, { bigint: true }).catch(() => undefined)),
  );
  return stats
    .map((found) => (found?.isFile() ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : ""))
    .join();
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

/** ImageNet's classifier is always replaced, which needs no word. */
function freshNote({ freshClassifier }: Pretrained, head: Head | undefined): string[] {
  if (!freshClassifier || head?.weight.shape[0] === IMAGENET_CLASSES) return [];
  const found = head ? `has ${head.weight.shape[0]} outputs in its last layer (${head.name})` : "has no last layer that fits";
  return [`${found}: the last layer starts from random values, everything else from the file`];
}
