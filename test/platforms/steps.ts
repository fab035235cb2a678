// Prints the SHA-256 of everything that a training step and an evaluation write, per model, as JSON: to compare processors.
// `node steps.js VARIANT`
import { createHash } from "node:crypto";
import { findModel } from "#pulmo/core/models/index.js";
import { slotBytes } from "#pulmo/core/values.js";
import type { Variant } from "#pulmo/node/variant.js";
import { createNetwork } from "#pulmo/train/network.js";
import { hash } from "../reference/formula.js";

const SIZES = { logistic: 32, dnn: 16, resnet18: 32 };

const found: Record<string, Record<string, string>> = {};
for (const [model, imageSize] of Object.entries(SIZES)) {
  const sizes = { batchSize: 3, evaluationBatch: 4, explanationBatch: 2, imageSize };
  const network = createNetwork(findModel(model)!, {
    ...{ ...sizes, threads: 1, variant: process.argv[2] as Variant, seed: 1, lr: 1e-3 },
  });
  const { io, store, pool, memory } = network;
  let logits = "";
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes.slice()).digest("hex");
  const runs = [
    { plan: "train", steps: 1 },
    { plan: "prepare", steps: 1 },
    { plan: "evaluate", steps: 1 },
  ] as const;
  await pool.run(runs, {
    feed(step, slot) {
      slotBytes(network, io.bytes, slot).forEach((_, i, all) => (all[i] = hash(step, i) >>> 24));
      slotBytes(network, io.labels, slot).forEach((_, i, all) => (all[i] = hash(step + 100, i) & 1));
    },
    collect: (_, slot) => void (logits = sha256(slotBytes(network, io.logits, slot))),
  });
  await pool.close();
  const regions = { weights: store.weights, statistics: store.running, moments1: store.moments1, moments2: store.moments2 };
  const hashes = Object.entries(regions).map(([name, { address, bytes }]) => [
    name,
    sha256(new Uint8Array(memory.buffer, address, bytes)),
  ]);
  found[model] = { ...Object.fromEntries(hashes), logits };
}
process.stdout.write(`${JSON.stringify(found)}\n`);
