// --weights: which file, whether it fits, and how the report names it.
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

/** torchvision puts the first eight digits of a file's SHA-256 into its name. */
export const OFFICIAL_WEIGHTS = {
  name: "resnet18-f37072fd.pth",
  sha256: "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
};

/** Where `weights fetch` puts the file, and `run` looks for it. */
export const cachedWeights = (): string => join(defaultCacheDir(), OFFICIAL_WEIGHTS.name);

export interface Weights {
  setting: WeightsSetting;
  pretrained: Pretrained;
}

/** What a new run starts from: the file that was named, else the fetched one; "none" and nothing there: undefined. */
export async function chosenWeights(named: string | undefined, plans: Plans): Promise<Weights | undefined> {
  const path = named ?? (plans.has(PRETRAINED_MODEL) && existsSync(cachedWeights()) ? cachedWeights() : "none");
  return path === "none" ? undefined : openWeights(path, plans);
}

/** The same file as when the run began, where a training is still to be started from it. */
export async function weightsLeftToLoad(out: string, { options, models }: RunFile, plans: Plans): Promise<Weights | undefined> {
  const known = options.weights;
  const unstarted = trainings(options).some(
    ({ key, model }) => model === PRETRAINED_MODEL && !models[key] && !existsSync(checkpointPath(out, key)),
  );
  if (!known || !unstarted) return undefined;
  const weights = await openWeights(known.path, plans);
  if (weights.setting.sha256 !== known.sha256) {
    throw new InputError(`${known.path} is not the file that this run was started with: put that one back, or start anew.`);
  }
  return weights;
}

/** Reads and checks a file for --weights. */
async function openWeights(path: string, plans: Plans): Promise<Weights> {
  const plan = plans.get(PRETRAINED_MODEL);
  if (!plan) {
    const models = [...plans.keys()].join(",");
    throw new InputError(
      `--weights is for ${PRETRAINED_MODEL}, which is not among --models ${models}: add it or leave --weights out.`,
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
