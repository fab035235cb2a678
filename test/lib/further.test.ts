// Training a model further: its file says how its images are normalized, its threshold, and that it was fine-tuned.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Model } from "#pulmo/lib/node-models.js";
import { train } from "#pulmo/lib/train-node.js";

const test = suite("training further");

/** In a .pulmo file. */
const THRESHOLD_OFFSET = 32;

const images = Array.from({ length: 8 }, (_, i) => ({
  pixels: { data: new Uint8Array(224 * 224).fill(40 * (i % 2) + 10 * i), width: 224, height: 224, channels: 1 as const },
  label: i % 2,
}));
const options = { model: "logistic", data: { images }, epochs: 1, batchSize: 4, threads: 1, valSplit: 0.5 } as const;

test("keeps the model's normalization under another recipe", async () => {
  const normalized = await train({ ...options, recipe: "strong" }).result;
  const plain = await train({ ...options, recipe: "paper" }).result;
  assert.ok(Array.isArray(normalized.metadata.mean) && plain.metadata.mean === undefined);
  const [further, other] = [
    await train({ ...options, recipe: "paper", weights: normalized }).result,
    await train({ ...options, recipe: "strong", weights: plain }).result,
  ];
  assert.equal([further.metadata.mean, further.metadata.std], [normalized.metadata.mean, normalized.metadata.std]);
  assert.is(other.metadata.mean, undefined);
});

test("keeps the model's threshold, and says that it was fine-tuned", async () => {
  const { file, metadata } = await train({ ...options, recipe: "paper" }).result;
  assert.is(metadata.recipe, "paper");
  const changed = file.slice();
  new DataView(changed.buffer).setFloat64(THRESHOLD_OFFSET, 0.25, true);
  const further = await train({ ...options, recipe: "paper", weights: { file: changed } as Model }).result;
  assert.is(further.threshold, 0.25);
  assert.is(further.metadata.recipe, "fine-tuned");
});

test.run();
