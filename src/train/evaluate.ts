import { slotFloats } from "../core/values.js";
import type { PixelRows } from "../data/types.js";
import { feedPixels } from "./feed.js";
import type { Network } from "./network.js";

/** To be called before evaluation steps when the weights have changed or training steps were run. */
export async function prepareEvaluation({ pool }: Network): Promise<void> {
  await pool.run([{ plan: "prepare", steps: 1 }], { feed() {} });
}

/**
 * The log-odds of PNEUMONIA of every row, with running statistics. The rows are read in order; `onScores` hears of each step's,
 * from `first` to before `end`.
 */
export async function evaluate(
  network: Network,
  rows: PixelRows,
  onScores: (logOdds: Float64Array, first: number, end: number) => void = () => {},
): Promise<Float64Array> {
  const {
    io,
    pool,
    options: { evaluationBatch: batch },
  } = network;
  const count = rows.images.length;
  const logOdds = new Float64Array(count);
  const rowsOf = (step: number) => Array.from({ length: Math.min(batch, count - step * batch) }, (_, i) => step * batch + i);
  await prepareEvaluation(network);
  const steps = Math.ceil(count / batch);
  // A stop that was meant for training ends a run of steps here: half an evaluation would be a wrong one, so it goes on.
  for (let done = 0; done < steps; ) {
    const first = done;
    done += await pool.run([{ plan: "evaluate", steps: steps - first }], {
      feed: (step, slot) => feedPixels(network, rows, rowsOf(first + step), slot),
      collect(step, slot) {
        const logits = slotFloats(network, io.logits, slot);
        const stepRows = rowsOf(first + step);
        stepRows.forEach((row, i) => (logOdds[row] = logits[2 * i + 1] - logits[2 * i]));
        onScores(logOdds, stepRows[0], stepRows[0] + stepRows.length);
      },
    });
  }
  return logOdds;
}
