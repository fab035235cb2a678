// Speed of training and inference steps on this machine.
import { findModel } from "../../core/models/index.js";
import { chooseVariant, type Variant } from "../../node/variant.js";
import { IMAGE_SIZE, type RecipeName, recipeOf } from "../../settings/recipes.js";
import { createNetwork } from "../../train/network.js";
import type { Profile } from "../../train/profile.js";
import { type StepMode, stepProfile, stepTimes } from "../../train/step-speed.js";

export type { Profile, ProfileRow } from "../../train/profile.js";

export interface BenchOptions {
  model: string;
  mode: StepMode;
  recipe: RecipeName;
  /** Default: from the recipe. */
  batchSize?: number | undefined;
  threads: number;
  wasm?: Variant | undefined;
  /** Number of timed steps, after three warm-up steps. */
  iterations: number;
  /** Memory bandwidth to predict for, in GB/s. */
  bandwidth?: number | undefined;
}

export interface BenchFacts {
  model: string;
  mode: StepMode;
  batchSize: number;
  threads: number;
  wasm: Variant;
}

export interface StepTimes extends BenchFacts {
  msPerStep: { median: number; min: number; max: number };
  imagesPerSecond: number;
  peakRssMiB: number;
}

async function withNetwork<T>(
  { model, mode, recipe, threads, wasm, ...options }: BenchOptions,
  work: (network: ReturnType<typeof createNetwork>, facts: BenchFacts) => Promise<T>,
): Promise<T> {
  const { augmentation, normalization, lr, batchSize: usual } = recipeOf(recipe);
  const batchSize = options.batchSize ?? usual;
  const variant = chooseVariant(wasm);
  const network = createNetwork(findModel(model)!, {
    ...{ batchSize: mode === "train" ? batchSize : 0, evaluationBatch: batchSize, askedBatch: batchSize, imageSize: IMAGE_SIZE },
    ...{ threads, variant, seed: 0, lr, augment: augmentation !== undefined, normalization },
  });
  try {
    return await work(network, { model, mode, batchSize, threads, wasm: variant });
  } finally {
    await network.pool.close();
  }
}

export const benchStep = (options: BenchOptions): Promise<StepTimes> =>
  withNetwork(options, async (network, facts) => {
    const { mode, iterations: count } = options;
    const ms = await stepTimes(network, mode, count);
    const median = (ms[Math.floor((count - 1) / 2)] + ms[Math.ceil((count - 1) / 2)]) / 2;
    const imagesPerSecond = (1000 * facts.batchSize) / median;
    const peakRssMiB = process.resourceUsage().maxRSS / 1024;
    return { ...facts, msPerStep: { median, min: ms[0], max: ms[count - 1] }, imagesPerSecond, peakRssMiB };
  });

/** Time, throughput, balance and waiting time of each call in a step. */
export const benchCalls = (options: BenchOptions): Promise<BenchFacts & Profile> =>
  withNetwork(options, async (network, facts) => ({
    ...facts,
    ...(await stepProfile(network, options.mode, options.iterations, options.bandwidth)),
  }));
