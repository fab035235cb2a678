// Plans the networks of a run and checks that each fits into memory.
import { findModel } from "../../core/models/index.js";
import { EVALUATION_BATCH, evaluationBatchFor } from "../../core/program.js";
import { IMAGE_SIZE, recipeOf, SMALL_SIZE } from "../../settings/recipes.js";
import type { Settings } from "../../settings/settings.js";
import { type NetworkOptions, planNetwork } from "../../train/network.js";

/** Threads, kernels, and images per explanation step. */
export type Machine = Pick<NetworkOptions, "threads" | "variant" | "explanationBatch">;

/** The same for all models. The batch size is at most the number of training images. */
export function networkOptions(
  { recipe, smallEpochs, batchSize, seed, lr }: Settings,
  machine: Machine,
  trainImages: number,
): NetworkOptions {
  const images = Math.min(batchSize, trainImages);
  const { augmentation, normalization } = recipeOf(recipe);
  const sizes = {
    batchSize: images,
    lastBatchSize: trainImages % images,
    imageSize: IMAGE_SIZE,
    smallSize: smallEpochs ? SMALL_SIZE : 0,
  };
  return { ...machine, ...sizes, augment: augmentation !== undefined, normalization, seed, lr };
}

/** Smaller steps take longer per image. */
const LEAST_BATCH = 16;

/** Images per evaluation step: a validation set that is scored after every epoch may be smaller than a usual step. */
export const scoringBatch = (valImages: number): number =>
  valImages === 0 ? EVALUATION_BATCH : Math.max(LEAST_BATCH, evaluationBatchFor(valImages));

export type Plans = Map<string, ReturnType<typeof planNetwork>>;

/** Records and lays out every model, by name. Throws an InputError if one does not fit into memory. */
export const planNetworks = ({ models, hidden }: Pick<Settings, "models" | "hidden">, options: NetworkOptions): Plans =>
  new Map(models.map((name) => [name, planNetwork(findModel(name, hidden)!, options)]));
