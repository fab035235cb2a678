// The log-odds of an image have the same bits for any batch contents and any number of images per step.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ModelDefinition } from "#pulmo/core/models/definition.js";
import { findModel, MODELS } from "#pulmo/core/models/index.js";
import { evaluationBatchFor } from "#pulmo/core/program.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { evaluate } from "#pulmo/train/evaluate.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import { hash } from "../reference/formula.js";

const test = suite("evaluation");
const SIDE = 224;

const rowsOf = (seeds: number[], side = SIDE): PixelRows => ({
  images: seeds.map((seed) => ({ file: `${seed}`, label: 0, split: "test", bytes: 0 })),
  rowBytes: side * side * 3,
  read: async (i, into) => into.forEach((_, at) => (into[at] = hash(seeds[i], at) >>> 24)),
});

const networkOf = (model: ModelDefinition, evaluationBatch: number, imageSize = SIDE): Network =>
  createNetwork(model, { batchSize: 0, evaluationBatch, imageSize, threads: 2, variant: chooseVariant(), seed: 1, lr: 0 });

test("small sets use smaller steps: the next power of two, from 4 to 32", () => {
  assert.equal([0, 1, 2, 4, 5, 8, 9, 17, 32, 33, 10_000].map(evaluationBatchFor), [4, 4, 4, 4, 8, 8, 16, 32, 32, 32, 32]);
});

// The last stage of a ResNet-18 has 7x7 pixels, or with small images a single patch of Winograd's per image.
const CASES = [...MODELS.map((model) => ({ model, side: SIDE })), { model: findModel("resnet18")!, side: 128 }];

for (const { model, side } of CASES) {
  test(`${model.name}, ${side} pixels: alone, with others, in steps of 4 and of 32`, async () => {
    const found: number[] = [];
    for (const [evaluationBatch, seeds, place] of [
      [4, [7], 0],
      [4, [1, 2, 7, 3, 4], 2],
      [32, [5, 6, 7], 2],
    ] as const) {
      const network = networkOf(model, evaluationBatch, side);
      try {
        found.push((await evaluate(network, rowsOf([...seeds], side)))[place]);
      } finally {
        await network.pool.close();
      }
    }
    assert.ok(Number.isFinite(found[0]) && found[0] !== 0);
    assert.equal(found, [found[0], found[0], found[0]]);
  });
}

test("a stop does not interrupt an evaluation", async () => {
  const network = networkOf(MODELS[0], 4);
  try {
    const rows = rowsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const whole = await evaluate(network, rows);
    const read = (i: number, into: Uint8Array) => {
      if (i % 5 === 4) network.pool.stop();
      return rows.read(i, into);
    };
    assert.equal(await evaluate(network, { ...rows, read }), whole);
    assert.ok(whole.every((x) => x !== 0));
  } finally {
    await network.pool.close();
  }
});

test.run();
