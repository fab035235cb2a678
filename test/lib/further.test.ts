// Training a model further: its images stay normalized as its weights expect.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { train } from "#pulmo/lib/train-node.js";

const test = suite("training further");

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

test.run();
