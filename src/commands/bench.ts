import type { StepTimes } from "../lib/tools/bench.js";
import { flag, numberUpTo, oneOf, wholeNumber } from "../settings/kinds.js";
import { DEFAULTS, MODEL_NAMES } from "../settings/recipes.js";
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
    bandwidth: option(numberUpTo(10_000), "With --profile: memory bandwidth to predict the speed-up for, in GB/s"),
    iterations: withDefault(wholeNumber(1, 1_000_000), "Steps to time, after three for warm-up", 10),
    ...pick(SETTINGS, "json"),
  },
  examples: ["bench step --model resnet18 --mode infer"],
  async run({ model, mode, recipe, threads = defaultThreads(), iterations, profile, json, batchSize, bandwidth }, cli) {
    const { benchCalls, benchStep } = await import("../lib/tools/bench.js");
    const options = { model, mode, recipe, threads, wasm: cli.wasm, iterations, batchSize, bandwidth };
    if (profile) {
      const { profileText } = await import("./step-profile.js");
      const found = await benchCalls(options);
      cli.stdout.write(json ? `${JSON.stringify(found)}\n` : profileText(found));
      return;
    }
    const found = await benchStep(options);
    cli.stdout.write(json ? `${JSON.stringify(found)}\n` : `${describe(found)}\n`);
  },
});

function describe({ model, mode, batchSize, threads, wasm, msPerStep, imagesPerSecond, peakRssMiB }: StepTimes): string {
  const { median, min, max } = msPerStep;
  const times = `${median.toFixed(2)} ms per step (${min.toFixed(2)} to ${max.toFixed(2)})`;
  const rates = `${imagesPerSecond.toFixed(1)} images/s, peak ${peakRssMiB.toFixed(0)} MiB`;
  return `${model} ${mode}, batch ${batchSize}, ${threads} threads, ${wasm}: ${times}, ${rates}`;
}

export const bench = defineGroup("bench", "Measure the speed of this machine", [step]);
