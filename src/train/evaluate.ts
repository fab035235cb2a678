import type { PixelRows } from "../data/types.js";
import { slotView, type Network } from "./network.js";

/** To be called before evaluation steps when the weights have changed or training steps were run. */
export async function prepareEvaluation({ pool, plan }: Network): Promise<void> {
  await pool.run([{ plan: plan.prepare, steps: 1 }], { feed() {} });
}

/** P(PNEUMONIA) of every row, with running statistics. */
export async function evaluate(network: Network, rows: PixelRows): Promise<Float32Array> {
  const { io, pool, plan, evaluationBatch: batch } = network;
  const count = rows.images.length;
  const scores = new Float32Array(count);
  const steps = Math.ceil(count / batch);
  await prepareEvaluation(network);
  await pool.run([{ plan: plan.evaluate, steps }], {
    async feed(step, slot) {
      const bytes = slotView(network, io.bytes, slot);
      const begin = step * batch;
      for (let i = begin; i < Math.min(begin + batch, count); i++) {
        await rows.read(i, bytes.subarray((i - begin) * rows.rowBytes, (i - begin + 1) * rows.rowBytes));
      }
    },
    collect(step, slot) {
      const { buffer, byteOffset } = slotView(network, io.probabilities, slot);
      const begin = step * batch;
      const pairs = new Float32Array(buffer, byteOffset, 2 * batch);
      for (let i = begin; i < Math.min(begin + batch, count); i++) scores[i] = pairs[2 * (i - begin) + 1];
    },
  });
  return scores;
}
