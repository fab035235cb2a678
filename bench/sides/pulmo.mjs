// pulmo itself: kernels as a plan of a few calls, models as whole networks, both on its own worker pool.
// PULMO_WASM selects the variant; one process per variant.

import { findModel } from "../../dist/core/models/index.js";
import { buffersOf, layOut } from "../../dist/core/plan.js";
import { slotBytes, slotDoubles, slotFloats, writeEntry } from "../../dist/core/values.js";
import { createPool } from "../../dist/node/piscina-pool.js";
import { chooseVariant, compileKernels, shapeFunctions } from "../../dist/node/variant.js";
import { prepareEvaluation } from "../../dist/train/evaluate.js";
import { createNetwork } from "../../dist/train/network.js";
import { greyPixels, parameter } from "../operands.mjs";
import { record } from "./pulmo-calls.mjs";
import { serve } from "./serve.mjs";

const threads = Number(process.env.BENCH_THREADS);
const variant = chooseVariant(process.env.PULMO_WASM || undefined);

/** Runs of the job per step of the pool, so that the overhead of a step is negligible. */
const runsFor = (job) => Math.min(200, Math.max(1, Math.ceil(2e9 / (job.flops ?? 10 * job.bytes))));

/** Returns the result of the first run: Adam's next ones start from other weights. */
async function kernel(job) {
  const module = compileKernels(variant);
  const runsAtOnce = runsFor(job);
  let memory;
  const view = (b) => new Float32Array(memory.buffer, b.address, b.bytes / 4);
  const { before = [], calls, set, result } = record(job, shapeFunctions(module), view);
  const once = [...before, ...calls];
  const plans = { once, many: Array.from({ length: runsAtOnce }, () => calls).flat() };
  const used = new Set(once.flatMap(buffersOf));
  for (const [buffer] of set) used.add(buffer);
  const layout = layOut(
    [plans.once, plans.many],
    [...used].filter((b) => b.life === "persistent"),
    threads,
  );
  const pages = Math.ceil(layout.bytes / 65536);
  memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  for (const [buffer, values] of set) view(buffer).set(values);
  const pool = createPool({ module, memory, plans, layout, threads });
  const steps = (plan, n) => pool.run([{ plan, steps: n }], { feed() {} });
  await steps("once", 1);
  const first = Float32Array.from(result());
  return { runsAtOnce, run: (times) => steps("many", times / runsAtOnce), result: () => first, release: () => pool.close() };
}

const IMAGE = 224;

/** The checked result: losses of the first three steps, or the batch's logits. */
async function step({ model, mode, batch }) {
  const training = mode === "train";
  const network = createNetwork(findModel(model), {
    batchSize: training ? batch : 0,
    evaluationBatch: batch,
    imageSize: IMAGE,
    threads,
    variant,
    seed: 0,
    lr: 1e-4,
  });
  for (const entry of [...network.store.parameters, ...network.store.statistics]) {
    writeEntry(network, entry, parameter(entry.name, entry.shape));
  }
  const pixels = greyPixels(1, batch * IMAGE * IMAGE * 3);
  for (const slot of [0, 1]) {
    slotBytes(network, network.io.bytes, slot).set(pixels);
    slotBytes(network, network.io.labels, slot).forEach((_, i, labels) => (labels[i] = i % 2));
  }
  const plan = training ? "train" : "evaluate";
  if (!training) await prepareEvaluation(network);
  const checked = [];
  await network.pool.run([{ plan, steps: training ? 3 : 1 }], {
    feed() {},
    collect: (_, slot) =>
      void checked.push(
        ...(training ? [slotDoubles(network, network.io.report, slot)[0]] : slotFloats(network, network.io.logits, slot)),
      ),
  });
  return {
    run: async (times) => void (await network.pool.run([{ plan, steps: times }], { feed() {} })),
    result: () => Float32Array.from(checked),
    release: () => network.pool.close(),
  };
}

serve({
  hello: () => ({ version: `Node ${process.versions.node}`, mode: variant, threads }),
  prepare: (job) => (job.op === "step" ? step(job) : kernel(job)),
});
