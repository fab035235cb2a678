import { findModel } from "../core/models/index.js";
import { chooseVariant } from "../node/variant.js";
import { DEFAULTS, IMAGE_SIZE, type RecipeName, recipeOf } from "../settings/recipes.js";
import { createNetwork } from "../train/network.js";
import { type StepMode, stepProfile, stepTimes } from "../train/step-speed.js";
import { profileText } from "./step-profile.js";

interface BenchStepArguments {
  model: string | undefined;
  mode: StepMode | undefined;
  recipe: RecipeName | undefined;
  "batch-size": number | undefined;
  threads: number;
  iterations: number | undefined;
  profile: boolean;
  json: boolean;
}

/** `bench step`: the speed of training or inference steps. */
export async function benchStep(typed: BenchStepArguments): Promise<void> {
  const { model = "resnet18", mode = "train", recipe = DEFAULTS.recipe, threads, iterations: count = 10, profile, json } = typed;
  const { augmentation, normalization, lr, batchSize: usual } = recipeOf(recipe);
  const batchSize = typed["batch-size"] ?? usual;
  const variant = chooseVariant();
  const facts = { model, mode, batchSize, threads, wasm: variant };
  const network = createNetwork(findModel(model)!, {
    batchSize: mode === "train" ? batchSize : 0,
    evaluationBatch: batchSize,
    askedBatch: batchSize,
    imageSize: IMAGE_SIZE,
    threads,
    variant,
    seed: 0,
    lr,
    augment: augmentation !== undefined,
    normalization,
  });
  try {
    if (profile) {
      const { rows, ...rest } = await stepProfile(network, mode, count);
      process.stdout.write(json ? `${JSON.stringify({ ...facts, ...rest, rows })}\n` : profileText({ rows, ...rest }));
      return;
    }
    const ms = await stepTimes(network, mode, count);
    const median = (ms[Math.floor((count - 1) / 2)] + ms[Math.ceil((count - 1) / 2)]) / 2;
    const t = { median, min: ms[0], max: ms[count - 1] };
    const imagesPerSecond = (1000 * batchSize) / median;
    const peakRssMiB = process.resourceUsage().maxRSS / 1024;
    process.stdout.write(
      json
        ? `${JSON.stringify({ ...facts, msPerStep: t, imagesPerSecond, peakRssMiB })}\n`
        : `${model} ${mode}, batch ${batchSize}, ${threads} threads, ${variant}: ${t.median.toFixed(2)} ms a step (${t.min.toFixed(2)} to ${t.max.toFixed(2)}), ${imagesPerSecond.toFixed(1)} images/s, peak ${peakRssMiB.toFixed(0)} MiB\n`,
    );
  } finally {
    await network.pool.close();
  }
}
