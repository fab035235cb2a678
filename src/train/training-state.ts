// The `training` entry in a checkpoint's metadata: what an unfinished training needs beside its tensors.
import * as v from "valibot";
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

/** Undefined where the text is missing or damaged. */
export function parseTraining(text: string | undefined): SavedTraining | undefined {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), saved), text, { abortPipeEarly: true });
  return found.success ? found.output : undefined;
}
