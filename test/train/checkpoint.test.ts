// A checkpoint is written and read in parts, and damage is detected.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { findModel } from "#pulmo/core/models/index.js";
import { createRng } from "#pulmo/core/rng.js";
import { optimizerState, readEntry, writeEntry } from "#pulmo/core/values.js";
import { readSafetensors } from "#pulmo/formats/safetensors-file.js";
import { loadCheckpoint, saveCheckpoint } from "#pulmo/train/checkpoint.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import { temporaryFolder } from "../data/places.js";

const test = suite<{ network: Network }>("a checkpoint");

const expected = { epochs: 3, steps: 10, lr: 1e-4 };
const state = { history: [{ loss: 0.7, accuracy: 0.5, seconds: 1 }], step: 3, totals: { loss: 2, correct: 5, seconds: 0.5 } };

const sizes = { batchSize: 2, lastBatchSize: 0, imageSize: 64, augment: false, normalization: undefined, explanationBatch: 0 };
const create = (seed: number) => createNetwork(findModel("dnn")!, { ...sizes, threads: 1, variant: "simd", seed, lr: 1e-4 });

test.before((context) => {
  context.network = create(1);
});
test.after(({ network }) => network.pool.close());

test("loading gives the saved bits; the first layer is read in several parts", async ({ network }) => {
  const { store } = network;
  const rng = createRng(5, 0);
  for (const entry of store.parameters) {
    for (const region of [store.moments1, store.moments2]) {
      writeEntry(
        network,
        entry,
        readEntry(network, entry).map(() => rng.uniform()),
        region,
      );
    }
  }
  const path = join(temporaryFolder(), "checkpoint.safetensors");
  optimizerState(network).set([0.5, 0.25], 3);
  await saveCheckpoint(network, path, state, 13, { model: "dnn" });
  const other = create(2);
  try {
    assert.equal(await loadCheckpoint(other, path, expected), state);
    assert.equal([...optimizerState(other)], [...optimizerState(network)]);
    assert.ok(store.parameters.some(({ shape }) => 4 * shape.reduce((n, d) => n * d, 1) > 2 * 4 * 2 ** 20));
    store.parameters.forEach((entry, i) => {
      for (const name of ["weights", "moments1", "moments2"] as const) {
        const found = readEntry(other, other.store.parameters[i], other.store[name]);
        assert.ok(Buffer.from(found.buffer).equals(Buffer.from(readEntry(network, entry, store[name]).buffer)), entry.name);
      }
    });
    // Other programs can read it as a safetensors file.
    const { tensors } = await readSafetensors(path);
    assert.is(tensors.size, 3 * store.parameters.length);
  } finally {
    await other.pool.close();
  }
});

test("a flipped bit is detected anywhere", async ({ network }) => {
  const path = join(temporaryFolder(), "checkpoint.safetensors");
  await saveCheckpoint(network, path, state, 13, { model: "dnn" });
  const whole = readFileSync(path);
  const header = Number(whole.readBigUInt64LE(0));
  const rng = createRng(7, 0);
  const places = Array.from({ length: 24 }, (_, i) => Math.floor(rng.uniform() * (i % 2 ? whole.length : header)));
  for (const place of places) {
    const damaged = Buffer.from(whole);
    damaged[place] ^= 1 << Math.floor(rng.uniform() * 8);
    writeFileSync(path, damaged);
    const outcome = await loadCheckpoint(network, path, expected).catch((error) => error);
    assert.instance(outcome, InputError, `a flipped bit of byte ${place} (header: ${header})`);
  }
});

test.run();
