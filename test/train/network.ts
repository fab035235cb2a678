/** A network with the fixture's weights, pixels and labels, and a way to run steps on that one batch. */
import { findModel } from "#pulmo/core/models/index.js";
import type { PlanName } from "#pulmo/core/program.js";
import { slotBytes, slotDoubles, slotFloats, writeEntry } from "#pulmo/core/values.js";
import { chooseVariant } from "#pulmo/node/variant.js";
import { createNetwork, type Network } from "#pulmo/train/network.js";
import type { ModelFixture } from "../reference/fixture.js";
import { parameterValues, pixels, SIDE } from "../reference/formula.js";

export function fixtureNetwork(name: string, fixture: ModelFixture, threads: number, explanationBatch = 0): Network {
  const { batch, adam, parameters } = fixture;
  const options = {
    batchSize: batch,
    explanationBatch,
    imageSize: SIDE,
    threads,
    variant: chooseVariant(),
    seed: 0,
    lr: adam.lr,
  };
  const network = createNetwork(findModel(name)!, options);
  for (const { number, kind, shape, name } of parameters) {
    const entry = network.store.parameters.find((p) => p.name === name);
    if (!entry) throw new Error(`no parameter ${name}`);
    writeEntry(network, entry, parameterValues(number, kind, shape));
  }
  return network;
}

/** Runs `steps` steps of a plan on the fixture's batch. Returns each step's loss (training) or logits. */
export async function runBatch(
  network: Network,
  fixture: ModelFixture,
  plan: PlanName,
  steps: number,
): Promise<{ losses: number[]; logits: Float32Array }> {
  const { io, pool } = network;
  const bytes = pixels(fixture.batch, fixture.pixelStream);
  const losses: number[] = [];
  let logits = new Float32Array();
  await pool.run([{ plan, steps }], {
    feed(_step, slot) {
      slotBytes(network, io.bytes, slot).set(bytes);
      slotBytes(network, io.labels, slot).set(fixture.labels);
    },
    collect(_step, slot) {
      losses.push(slotDoubles(network, io.report, slot)[0]);
      logits = slotFloats(network, io.logits, slot).slice(0, 2 * fixture.batch);
    },
  });
  return { losses, logits };
}
