import { findModel } from "../core/models/index.js";
import { flag, oneOf, wholeNumber } from "../settings/kinds.js";
import { DEFAULTS, IMAGE_SIZE, MODEL_NAMES, recipeOf } from "../settings/recipes.js";
import { MAX_BATCH, pick, SETTINGS } from "../settings/table.js";
import { defaultThreads } from "./context.js";
import { defineCommand, defineGroup } from "./define.js";
import { option, withDefault } from "./rows.js";

const step = defineCommand({
  command: "step",
  describe: "Time training or inference steps",
  options: {
    model: withDefault(oneOf(MODEL_NAMES), "Model to time", "resnet18"),
    mode: withDefault(oneOf(["train", "infer"]), "Kind of step", "train"),
    recipe: withDefault(SETTINGS.recipe.kind, "Recipe of the training step", DEFAULTS.recipe),
    batchSize: option(wholeNumber(1, MAX_BATCH), "Images per step (default: the recipe's)"),
    ...pick(SETTINGS, "threads"),
    profile: option(flag, "Print each call of the step: time, rate, balance, waiting"),
    iterations: withDefault(wholeNumber(1, 1_000_000), "Steps to time, after three for warm-up", 10),
    ...pick(SETTINGS, "json"),
  },
  examples: ["bench step --model resnet18 --mode infer"],
  async run({ model, mode, recipe, threads = defaultThreads(), iterations: count, profile, json, ...given }, cli) {
    const { chooseVariant } = await import("../node/variant.js");
    const { createNetwork } = await import("../train/network.js");
    const { stepProfile, stepTimes } = await import("../train/step-speed.js");
    const { augmentation, normalization, lr, batchSize: usual } = recipeOf(recipe);
    const batchSize = given.batchSize ?? usual;
    const variant = chooseVariant(cli.wasm);
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
        const { profileText } = await import("./step-profile.js");
        const { rows, ...rest } = await stepProfile(network, mode, count);
        cli.stdout.write(json ? `${JSON.stringify({ ...facts, ...rest, rows })}\n` : profileText({ rows, ...rest }));
        return;
      }
      const ms = await stepTimes(network, mode, count);
      const median = (ms[Math.floor((count - 1) / 2)] + ms[Math.ceil((count - 1) / 2)]) / 2;
      const t = { median, min: ms[0], max: ms[count - 1] };
      const imagesPerSecond = (1000 * batchSize) / median;
      const peakRssMiB = process.resourceUsage().maxRSS / 1024;
      cli.stdout.write(
        json
          ? `${JSON.stringify({ ...facts, msPerStep: t, imagesPerSecond, peakRssMiB })}\n`
          : `${model} ${mode}, batch ${batchSize}, ${threads} threads, ${variant}: ${t.median.toFixed(2)} ms a step (${t.min.toFixed(2)} to ${t.max.toFixed(2)}), ${imagesPerSecond.toFixed(1)} images/s, peak ${peakRssMiB.toFixed(0)} MiB\n`,
      );
    } finally {
      await network.pool.close();
    }
  },
});

export const bench = defineGroup("bench", "Measure the speed of this machine", [step]);
