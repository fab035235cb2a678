// Training only the last layer: other parameters stay unchanged, and its gradient is that of the loss over frozen features.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findModel } from "#pulmo/core/models/index.js";
import { readEntry, slotBytes, slotDoubles, slotFloats, writeEntry } from "#pulmo/core/values.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import { hash } from "../reference/formula.js";

const test = suite("training the last layer");

const N = 4;
const SIDE = 64;
const LABELS = [0, 1, 1, 0];

const create = (name: string): Network =>
  createNetwork(findModel(name)!, {
    ...{ batchSize: N, evaluationBatch: N, imageSize: SIDE, threads: 2, variant: chooseVariant(), seed: 5, lr: 1e-3 },
    trained: "classifier",
  });

function feed({ io, memory }: Network, slot: number): void {
  slotBytes({ memory }, io.bytes, slot).forEach((_, i, bytes) => (bytes[i] = hash(7, i) >>> 24));
  slotBytes({ memory }, io.labels, slot).set(LABELS);
}

/** Mean cross-entropy in float64 of the evaluation's scores. */
async function evaluatedLoss(network: Network): Promise<number> {
  let logits = new Float32Array();
  const runs = [
    { plan: "prepare", steps: 1 },
    { plan: "evaluate", steps: 1 },
  ] as const;
  await network.pool.run(runs, {
    feed: (_, slot) => feed(network, slot),
    collect: (_, slot) => (logits = slotFloats(network, network.io.logits, slot).slice()),
  });
  const losses = LABELS.map((label, i) => Math.log1p(Math.exp((label ? -1 : 1) * (logits[2 * i + 1] - logits[2 * i]))));
  return losses.reduce((a, b) => a + b) / N;
}

async function trainStep(network: Network): Promise<number> {
  let loss = NaN;
  await network.pool.run([{ plan: "train", steps: 1 }], {
    feed: (_, slot) => feed(network, slot),
    collect: (_, slot) => (loss = slotDoubles(network, network.io.report, slot)[0]),
  });
  return loss;
}

for (const name of ["logistic", "dnn", "resnet18"]) {
  test(`${name}: the gradient of the loss; other parameters unchanged`, async () => {
    const network = create(name);
    try {
      const { store } = network;
      const [weight, bias] = store.parameters.slice(-2);
      const others = [...store.parameters.slice(0, -2), ...store.statistics].map((entry) => ({
        entry,
        was: readEntry(network, entry),
      }));
      const wanted: [entry: typeof weight, place: number, slope: number][] = [];
      for (const [entry, places] of [
        [weight, [0, 3, weight.shape[1] + 5]],
        [bias, [0, 1]],
      ] as const) {
        for (const place of places) {
          const values = readEntry(network, entry);
          const [was, step] = [values[place], 1e-2];
          const lossAt = async (value: number) => {
            values[place] = value;
            writeEntry(network, entry, values);
            return evaluatedLoss(network);
          };
          wanted.push([entry, place, ((await lossAt(was + step)) - (await lossAt(was - step))) / (2 * step)]);
          await lossAt(was);
        }
      }
      const before = await evaluatedLoss(network);
      assert.ok(Math.abs((await trainStep(network)) - before) < 1e-5);
      for (const [entry, place, slope] of wanted) {
        const found = readEntry(network, entry, store.gradients)[place];
        assert.ok(Math.abs(found - slope) < 2e-4 + 1e-2 * Math.abs(slope), `${entry.name}[${place}]: ${found}, not ${slope}`);
      }
      for (let i = 0; i < 10; i++) await trainStep(network);
      for (const { entry, was } of others) assert.equal(readEntry(network, entry), was, entry.name);
      assert.ok((await evaluatedLoss(network)) < before);
    } finally {
      await network.pool.close();
    }
  });
}

test.run();
