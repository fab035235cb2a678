// Duration of whole steps, with the input already in memory.

import type { PlanName } from "../core/program.js";
import { createRng } from "../core/rng.js";
import { slotBytes, slotFloats } from "../core/values.js";
import { prepareEvaluation } from "./evaluate.js";
import type { Network } from "./network.js";
import { type Profile, profileOf } from "./profile.js";

export type StepMode = "train" | "infer";

const WARM_UP_STEPS = 3;

/** Milliseconds of each of `count` steps, sorted ascending, without the warm-up. */
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

/** The time of each call of a step, averaged over `count` steps. `bandwidth`: of the memory to predict for, in GB/s. */
export async function stepProfile(network: Network, mode: StepMode, count: number, bandwidth?: number): Promise<Profile> {
  const plan = await prepare(network, mode);
  await network.pool.profile(plan, WARM_UP_STEPS);
  return profileOf(network.plans[plan], await network.pool.profile(plan, count), count, bandwidth);
}

/** Fills both slots with grey noise, because X-rays are grey. Returns the plan. */
async function prepare(network: Network, mode: StepMode): Promise<PlanName> {
  const rng = createRng(0);
  for (const slot of [0, 1]) {
    const bytes = slotBytes(network, network.io.bytes, slot);
    for (let i = 0; i < bytes.length; i += 3) bytes.fill(rng.uint32() >>> 24, i, i + 3);
    if (mode === "infer") continue;
    slotBytes(network, network.io.labels, slot).forEach((_, i, labels) => (labels[i] = i % 2));
    // As in a real training: every second image is blurred, with a mean sigma of one pixel.
    if (network.options.augment) slotFloats(network, network.io.sigmas, slot).forEach((_, i, sigmas) => (sigmas[i] = i % 2));
  }
  if (mode === "train") return "train";
  await prepareEvaluation(network);
  return "evaluate";
}
