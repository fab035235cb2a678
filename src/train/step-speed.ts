// How long whole steps take, input already in memory.

import type { PlanName } from "../core/program.js";
import { createRng } from "../core/rng.js";
import { slotBytes, slotFloats } from "../core/values.js";
import { prepareEvaluation } from "./evaluate.js";
import type { Network } from "./network.js";
import { type Profile, profileOf } from "./profile.js";

export type StepMode = "train" | "infer";

const WARM_UP_STEPS = 3;

/** Milliseconds of each of `count` steps, shortest first; the warm-up is not among them. */
export async function stepTimes(network: Network, mode: StepMode, count: number): Promise<number[]> {
  const plan = await prepare(network, mode);
  const ms: number[] = [];
  let last = 0;
  await network.pool.run([{ plan, steps: WARM_UP_STEPS + count }], {
    feed() {},
    collect(step, _slot, doneAt) {
      if (step >= WARM_UP_STEPS) ms.push(doneAt - last);
      last = doneAt;
    },
  });
  return ms.sort((a, b) => a - b);
}

/** One step call by call, the mean of `count` steps. */
export async function stepProfile(network: Network, mode: StepMode, count: number): Promise<Profile> {
  const plan = await prepare(network, mode);
  await network.pool.profile(plan, WARM_UP_STEPS);
  return profileOf(network.plans[plan], await network.pool.profile(plan, count), count);
}

/** Fills both slots with noise; returns the plan. */
async function prepare(network: Network, mode: StepMode): Promise<PlanName> {
  const rng = createRng(0);
  for (const slot of [0, 1]) {
    const bytes = slotBytes(network, network.io.bytes, slot);
    for (let i = 0; i < bytes.length; i++) bytes[i] = rng.uint32() >>> 24;
    slotBytes(network, network.io.labels, slot).forEach((_, i, labels) => (labels[i] = i % 2));
    // As views are drawn: every other one blurred, by a pixel in the mean.
    if (mode === "train" && network.options.augment)
      slotFloats(network, network.io.sigmas, slot).forEach((_, i, sigmas) => (sigmas[i] = i % 2));
  }
  if (mode === "train") return "train";
  await prepareEvaluation(network);
  return "evaluate";
}
