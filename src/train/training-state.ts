// The `training` entry in a checkpoint's metadata: the state of an unfinished training besides its tensors.
import * as v from "valibot";
import { ADAM, adamState } from "../core/adam.js";
import { ADAM_STATE } from "../core/kernel-table.js";
import { checkJson } from "../node/check-json.js";
import { epochSchema } from "../results/model-results.js";
import type { TrainState } from "./loop.js";

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(number, v.integer(), v.minValue(0));

const saved = v.object({
  state: v.object({
    history: v.array(epochSchema),
    step: count,
    totals: v.object({ loss: number, correct: number, seconds: number }),
  }) satisfies v.GenericSchema<unknown, TrainState>,
  /** See core/adam.ts. */
  optimizer: v.pipe(v.array(number), v.length(ADAM_STATE)),
});
export type SavedTraining = v.InferOutput<typeof saved>;

/** Settings of the run that the checkpoint must match. */
export interface Expected {
  epochs: number;
  /** Steps per epoch. */
  steps: number;
  lr: number;
  /** Names the run and the training: a checkpoint with another entry `run` is refused. */
  run?: string;
}

/** Undefined if the text is missing or damaged, or if its state is impossible for this run. */
export function parseTraining(text: string | undefined, { epochs, steps, lr }: Expected): SavedTraining | undefined {
  const found = checkJson(saved, text ?? "");
  if (!("value" in found)) return undefined;
  const { state, optimizer } = found.value;
  const [rate, beta1, beta2, power1, power2] = optimizer;
  const isPower = (power: number) => power >= 0 && power <= 1;
  // A finished epoch count means that there is nothing to resume.
  const isBegun = state.history.length < epochs && state.step < steps;
  const isWhole = state.history.length === epochs && state.step === 0;
  const fits =
    (isBegun || isWhole) &&
    rate === adamState(lr)[0] &&
    beta1 === ADAM.beta1 &&
    beta2 === ADAM.beta2 &&
    isPower(power1) &&
    isPower(power2);
  return fits ? found.value : undefined;
}
