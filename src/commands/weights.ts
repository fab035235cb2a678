// --weights: which file, whether it fits, and how the report names it.
import { basename, resolve } from "node:path";
import { fileSha256, readWeights } from "../formats/weights.js";
import { MODELS } from "../core/models/index.js";
import { InputError } from "../core/errors.js";
import { checkPretrained, type Pretrained } from "../train/pretrained.js";
import { planNetwork, type NetworkOptions } from "../train/network.js";
import type { WeightsSetting } from "./run-folder.js";

/** The only model that starts from weights. */
const MODEL = MODELS.find(({ pretrained }) => pretrained)!;
export const PRETRAINED_MODEL = MODEL.name;

export interface Weights {
  setting: WeightsSetting;
  pretrained: Pretrained;
}

/** Reads and checks a file for --weights. */
export async function openWeights(path: string, models: string[], network: NetworkOptions): Promise<Weights> {
  if (!models.includes(PRETRAINED_MODEL)) {
    throw new InputError(`--weights is for ${PRETRAINED_MODEL}, which is not among --models ${models.join(",")}: add it or leave --weights out.`);
  }
  const { tensors } = await readWeights(path);
  const pretrained = checkPretrained(tensors, MODEL, planNetwork(MODEL, network).program.store, path);
  const sha256 = await fileSha256(path);
  return { setting: { path: resolve(path), sha256, init: describe(path, sha256, pretrained) }, pretrained };
}

/** The same file as when the run began. */
export async function reopenWeights(known: WeightsSetting, models: string[], network: NetworkOptions): Promise<Weights> {
  const weights = await openWeights(known.path, models, network);
  if (weights.setting.sha256 !== known.sha256) {
    throw new InputError(`${known.path} is not the file that this run was started with: put that one back, or start anew.`);
  }
  return weights;
}

function describe(path: string, sha256: string, { freshClassifier }: Pretrained): string {
  const name = basename(path);
  const file = `${name}, sha256 ${sha256.slice(0, 8)}`;
  if (!freshClassifier) return `weights (${file})`;
  return name.includes("reconstructed") ? `reconstructed ImageNet weights (${file})` : `ImageNet weights (${file})`;
}
