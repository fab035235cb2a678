// The first epochs with smaller images: the same bits for any number of threads and after an interruption.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findModel } from "#pulmo/core/models/index.js";
import { optimizerState } from "#pulmo/core/values.js";
import type { PixelRows } from "#pulmo/data/types.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { RECIPES } from "#pulmo/settings/recipes.js";
import { freshState, type StepReport, type TrainOptions, train } from "#pulmo/train/loop.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import { hash } from "../reference/formula.js";

const test = suite("small epochs");

const SIDE = 48;
const COUNT = 5;
const rows: PixelRows = {
  images: Array.from({ length: COUNT }, (_, i) => ({
    file: `${i}.png`,
    label: (i % 2) as 0 | 1,
    split: "train" as const,
    bytes: 0,
  })),
  rowBytes: SIDE * SIDE * 3,
  read: async (i, into) => into.forEach((_, k) => (into[k] = hash(i, k) >>> 24)),
};
const OPTIONS: TrainOptions = { epochs: 2, smallEpochs: 1, batchSize: 2, seed: 3, augmentation: RECIPES.strong.augmentation };

function create(model: string, threads: number, augment = true): Network {
  const sizes = { batchSize: 2, lastBatchSize: 1, evaluationBatch: 4, imageSize: SIDE, smallSize: 32 };
  return createNetwork(findModel(model)!, { ...sizes, augment, threads, variant: chooseVariant(), seed: 3, lr: 1e-3 });
}

const weightsOf = ({ memory, store }: Network): Uint8Array =>
  new Uint8Array(memory.buffer, store.weights.address, store.weights.bytes).slice();

/** Weights and reports of a training that is stopped after `stops` steps and then continued. */
async function trained(network: Network, options: TrainOptions, stops: number[] = []) {
  const reports: StepReport[] = [];
  const state = freshState();
  try {
    const onStep = (report: StepReport) => {
      reports.push(report);
      if (stops.includes(reports.length)) network.pool.stop();
    };
    while (await train(network, rows, state, { ...options, onStep })) {}
    // beta1^t after six steps.
    assert.ok(Math.abs(optimizerState(network)[3] - 0.9 ** 6) < 1e-12);
    return { weights: weightsOf(network), reports };
  } finally {
    await network.pool.close();
  }
}

test("the same bits for one and two threads, and with interruptions", async () => {
  const one = await trained(create("resnet18", 1), OPTIONS);
  assert.equal((await trained(create("resnet18", 2), OPTIONS)).weights, one.weights);
  assert.equal((await trained(create("resnet18", 2), OPTIONS, [2, 4])).weights, one.weights);
  const large = await trained(create("resnet18", 2), { ...OPTIONS, smallEpochs: 0 });
  assert.not.equal(large.weights, one.weights);
});

test("the remaining time counts a small image by its number of pixels", async () => {
  const { reports } = await trained(create("resnet18", 2), OPTIONS);
  // After the first step: 3 images of this epoch, and 5 that take 2.25 times as long.
  const { secondsLeft, imagesPerSecond } = reports[0];
  assert.ok(Math.abs(secondsLeft * imagesPerSecond - (3 + 5 * 2.25)) < 1e-9, `${secondsLeft * imagesPerSecond}`);
  assert.is(reports.at(-1)!.secondsLeft, 0);
});

test("without augmentation, the small image is the whole image", async () => {
  const network = create("resnet18", 1, false);
  const { augmentation: _, ...plain } = OPTIONS;
  assert.ok((await trained(network, plain)).reports.every(({ stepLoss }) => stepLoss > 0 && stepLoss < 20));
});

test("a model of one size trains every epoch with whole images", async () => {
  const network = create("logistic", 1);
  assert.is(network.options.smallSize, 0);
  const full = await trained(create("logistic", 1), { ...OPTIONS, smallEpochs: 0 });
  assert.equal((await trained(network, OPTIONS)).weights, full.weights);
});

test.run();
