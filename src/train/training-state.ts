// The `training` entry in a checkpoint's metadata: what an unfinished training needs beside its tensors.
import * as v from "valibot";
import { ADAM, adamState } from "../core/adam.js";
import { ADAM_STATE } from "../core/kernel-table.js";
import { epochSchema } from "../results/metrics-schema.js";
import type { TrainState } from "./loop.js";

interface SavedTraining {
  state: TrainState;
  /** See core/adam.ts. */
  optimizer: number[];
}

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(number, v.integer(), v.minValue(0));

const saved: v.GenericSchema<unknown, SavedTraining> = v.object({
  state: v.object({
    history: v.array(epochSchema),
    step: count,
    totals: v.object({ loss: number, correct: number, seconds: number }),
  }),
  optimizer: v.pipe(v.array(number), v.length(ADAM_STATE)),
});

/** What the run asks for that the training is of. */
export interface Expected {
  epochs: number;
  /** Steps an epoch. */
  steps: number;
  lr: number;
}

/** Undefined where the text is missing or damaged, or where such a run cannot have come to what it says. */
export function parseTraining(text: string | undefined, { epochs, steps, lr }: Expected): SavedTraining | undefined {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), saved), text, { abortPipeEarly: true });
  if (!found.success) return undefined;
  const { state, optimizer } = found.output;
  const [rate, beta1, beta2, power1, power2] = optimizer;
  const isPower = (power: number) => power >= 0 && power <= 1;
  // Of a whole training there is nothing begun.
  const isBegun = state.history.length < epochs && state.step < steps;
  const isWhole = state.history.length === epochs && state.step === 0;
  const fits =
    (isBegun || isWhole) &&
    rate === adamState(lr)[0] &&
    beta1 === ADAM.beta1 &&
    beta2 === ADAM.beta2 &&
    isPower(power1) &&
    isPower(power2);
  return fits ? found.output : undefined;
}
