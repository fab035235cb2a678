import { stoppable } from "../core/stoppable.js";
import { slotFloats } from "../core/values.js";
import type { PixelRows } from "../data/types.js";
import { feedPixels } from "./feed.js";
import type { Trainable } from "./loop.js";

export interface EvaluateOptions {
  signal?: AbortSignal | undefined;
  /** prepareEvaluation was called, and the weights are the same since then. */
  prepared?: boolean;
  /** Receives the inputs of the last layer, [images][featureWidth]. Needs a network with the option `features`. */
  features?: Float32Array | undefined;
}

/** Required before evaluation steps if the weights have changed or training steps were run. */
export async function prepareEvaluation({ pool }: Trainable): Promise<void> {
  await pool.run([{ plan: "prepare", steps: 1 }], { feed() {} });
}

/** The number of inputs of the last layer; 0 if the network does not hand them over. */
export const featureWidth = ({ io, options }: Pick<Trainable, "io" | "options">): number =>
  io.features ? io.features.bytes / 4 / options.evaluationBatch : 0;

/** The log-odds of class 1 for every row, with running statistics. Reads the rows in order. */
export async function evaluate(
  network: Trainable,
  rows: PixelRows,
  { signal, prepared = false, features }: EvaluateOptions = {},
): Promise<Float64Array> {
  const {
    io,
    pool,
    options: { evaluationBatch: batch },
  } = network;
  const count = rows.images.length;
  const logOdds = new Float64Array(count);
  const rowsOf = (step: number) => Array.from({ length: Math.min(batch, count - step * batch) }, (_, i) => step * batch + i);
  if (!prepared) await prepareEvaluation(network);
  const steps = Math.ceil(count / batch);
  const run = (first: number) =>
    pool.run([{ plan: "evaluate", steps: steps - first }], {
      feed: (step, slot) => feedPixels(network, rows, rowsOf(first + step), slot),
      collect(step, slot) {
        const logits = slotFloats(network, io.logits, slot);
        const stepRows = rowsOf(first + step);
        stepRows.forEach((row, i) => (logOdds[row] = logits[2 * i + 1] - logits[2 * i]));
        if (features && io.features) {
          const width = featureWidth(network);
          features.set(slotFloats(network, io.features, slot).subarray(0, stepRows.length * width), stepRows[0] * width);
        }
      },
    });
  // pool.stop() may come from a training that ends after its epoch. The evaluation is still completed.
  for (let done = 0; done < steps; ) {
    done += await stoppable(
      signal,
      () => pool.stop(),
      () => run(done),
    );
    if (done < steps) signal?.throwIfAborted();
  }
  return logOdds;
}
