/** A network with the fixture's weights, pixels and labels, and a way to run steps on that one batch. */
import { createNetwork, readEntry, slotView, writeEntry, type Network } from "#pulmo/train/network.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { parameterValues, pixels, SIDE } from "../reference/formula.js";
import type { ModelFixture } from "../reference/fixture.js";

export function fixtureNetwork(name: string, fixture: ModelFixture, threads: number, explanationBatch = 0): Network {
  const { batch, adam, parameters } = fixture;
  const options = { batchSize: batch, explanationBatch, imageSize: SIDE, threads, variant: chooseVariant(), seed: 0, lr: adam.lr };
  const network = createNetwork(name, options);
  for (const { number, kind, shape, name } of parameters) {
    const entry = network.store.parameters.find((p) => p.name === name);
    if (!entry) throw new Error(`no parameter ${name}`);
    writeEntry(network, entry, parameterValues(number, kind, shape));
  }
  return network;
}

/** Runs `steps` steps of a plan on the fixture's batch; returns each step's loss (training) or probabilities. */
export async function runBatch(
  network: Network, fixture: ModelFixture, plan: number, steps: number,
): Promise<{ losses: number[]; probabilities: Float32Array }> {
  const { io, pool } = network;
  const bytes = pixels(fixture.batch, fixture.pixelStream);
  const losses: number[] = [];
  let probabilities = new Float32Array();
  await pool.run([{ plan, steps }], {
    feed(_step, slot) {
      slotView(network, io.bytes, slot).set(bytes);
      slotView(network, io.labels, slot).set(fixture.labels);
    },
    collect(_step, slot) {
      losses.push(floats(slotView(network, io.loss, slot))[0]);
      probabilities = floats(slotView(network, io.probabilities, slot)).slice(0, 2 * fixture.batch);
    },
  });
  return { losses, probabilities };
}

const floats = (bytes: Uint8Array) => new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 4));

/** Every parameter's bits, one after the other. */
export function weightBits(network: Network): Uint32Array {
  const { store, memory } = network;
  return new Uint32Array(memory.buffer, store.weights.address, store.weights.bytes / 4).slice();
}

export { readEntry };
