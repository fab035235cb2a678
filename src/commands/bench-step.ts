// `bench step`: whole training or inference steps, input already in memory.
import { createRng } from "../core/rng.js";
import { profileOf } from "../train/profile.js";
import { prepareEvaluation } from "../train/evaluate.js";
import { findModel } from "../core/models/index.js";
import { slotBytes } from "../core/values.js";
import { createNetwork } from "../train/network.js";
import { chooseVariant } from "../node/variant.js";
import { DEFAULTS, IMAGE_SIZE } from "./options.js";
import { profileText } from "./step-profile.js";

export interface BenchStepOptions {
  model: string | undefined;
  mode: "train" | "infer" | undefined;
  "batch-size": number | undefined;
  threads: number;
  iterations: number | undefined;
  profile: boolean;
  json: boolean;
}

const WARM_UP_STEPS = 3;

export async function benchStep(options: BenchStepOptions): Promise<void> {
  const { model = "resnet18", mode = "train", threads, iterations: count = 10, profile, json } = options;
  const batchSize = options["batch-size"] ?? DEFAULTS.batchSize;
  const variant = chooseVariant();
  const network = createNetwork(findModel(model)!, {
    batchSize: mode === "train" ? batchSize : 0, evaluationBatch: batchSize, imageSize: IMAGE_SIZE, threads, variant,
    seed: 0, lr: 1e-4,
  });
  try {
    const rng = createRng(0);
    for (const slot of [0, 1]) {
      const bytes = slotBytes(network, network.io.bytes, slot);
      for (let i = 0; i < bytes.length; i++) bytes[i] = rng.uint32() >>> 24;
      slotBytes(network, network.io.labels, slot).forEach((_, i, labels) => (labels[i] = i % 2));
    }
    const plan = mode === "train" ? "train" : "evaluate";
    if (mode === "infer") await prepareEvaluation(network);
    if (profile) {
      await network.pool.profile(plan, WARM_UP_STEPS);
      const { rows, ...rest } = profileOf(network.plans[plan], await network.pool.profile(plan, count), count);
      const facts = { model, mode, batchSize, threads, wasm: variant };
      process.stdout.write(json ? `${JSON.stringify({ ...facts, ...rest, rows })}\n` : profileText({ rows, ...rest }));
      return;
    }
    const ms: number[] = [];
    let last = 0;
    await network.pool.run([{ plan, steps: WARM_UP_STEPS + count }], {
      feed() {},
      collect(step, _slot, doneAt) {
        if (step >= WARM_UP_STEPS) ms.push(doneAt - last);
        last = doneAt;
      },
    });
    ms.sort((a, b) => a - b);
    const median = (ms[Math.floor((count - 1) / 2)] + ms[Math.ceil((count - 1) / 2)]) / 2;
    const result = {
      model, mode, batchSize, threads, wasm: variant, msPerStep: { median, min: ms[0], max: ms[count - 1] },
      imagesPerSecond: (1000 * batchSize) / median, peakRssMiB: process.resourceUsage().maxRSS / 1024,
    };
    const { msPerStep: t, imagesPerSecond, peakRssMiB } = result;
    process.stdout.write(
      json ? `${JSON.stringify(result)}\n`
        : `${model} ${mode}, batch ${batchSize}, ${threads} threads, ${variant}: ${t.median.toFixed(2)} ms a step (${t.min.toFixed(2)} to ${t.max.toFixed(2)}), ${imagesPerSecond.toFixed(1)} images/s, peak ${peakRssMiB.toFixed(0)} MiB\n`,
    );
  } finally {
    await network.pool.close();
  }
}
