import { slotFloats } from "../core/values.js";
import type { PixelRows } from "../data/types.js";
import { feedPixels } from "./feed.js";
import type { Network } from "./network.js";

/** To be called before evaluation steps when the weights have changed or training steps were run. */
export async function prepareEvaluation({ pool }: Network): Promise<void> {
  await pool.run([{ plan: "prepare", steps: 1 }], { feed() {} });
}

/** P(PNEUMONIA) of every row, with running statistics. */
export async function evaluate(network: Network, rows: PixelRows): Promise<Float32Array> {
  const {
    io,
    pool,
    options: { evaluationBatch: batch },
  } = network;
  const count = rows.images.length;
  const scores = new Float32Array(count);
  const rowsOf = (step: number) => Array.from({ length: Math.min(batch, count - step * batch) }, (_, i) => step * batch + i);
  await prepareEvaluation(network);
  await pool.run([{ plan: "evaluate", steps: Math.ceil(count / batch) }], {
    feed: (step, slot) => feedPixels(network, rows, rowsOf(step), slot),
    collect(step, slot) {
      const pairs = slotFloats(network, io.probabilities, slot);
      rowsOf(step).forEach((row, i) => (scores[row] = pairs[2 * i + 1]));
    },
  });
  return scores;
}
