// --weights: choice and check of the file, and its name in the report.
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { InputError } from "../../core/errors.js";
import { defaultCacheDir } from "../../data/cache-folder.js";
import { torchvisionNames } from "../../formats/resnet18-names.js";
import { fileSha256, readWeights } from "../../formats/weights.js";
import { PRETRAINED_MODEL } from "../../settings/recipes.js";
import { trainings, type WeightsSetting } from "../../settings/settings.js";
import { checkPretrained, type Pretrained } from "../../train/pretrained.js";
import { checkpointPath } from "../folder.js";
import type { RunFile } from "../run-file.js";
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
}

/** The weights of a new run: the named file, else the downloaded one. Undefined for "none" or if there is no file. */
export async function chosenWeights(named: string | undefined, plans: Plans): Promise<Weights | undefined> {
  const path = named ?? (plans.has(PRETRAINED_MODEL) && existsSync(cachedWeights()) ? cachedWeights() : "none");
  return path === "none" ? undefined : openWeights(path, plans);
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
  const { tensors } = await readWeights(path);
  const pretrained = checkPretrained(torchvisionNames(tensors), plan.program.model, plan.program.store, path);
  const sha256 = await fileSha256(path);
  return { setting: { path: resolve(path), sha256, init: describe(path, sha256, pretrained) }, pretrained };
}

function describe(path: string, sha256: string, { freshClassifier }: Pretrained): string {
  const name = basename(path);
  const file = `${name}, sha256 ${sha256.slice(0, 8)}`;
  if (!freshClassifier) return `weights (${file})`;
  return name.includes("reconstructed") ? `reconstructed ImageNet weights (${file})` : `ImageNet weights (${file})`;
}
