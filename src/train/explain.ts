import type { PixelRows } from "../data/types.js";
import { slotView, type Network } from "./network.js";

/** What the model looks at in one image: see src/nn/layers/explain.ts. */
export interface ImageMap {
  /** Row by row; positive speaks for PNEUMONIA. */
  values: Float32Array;
  /** Places a row, and rows. */
  side: number;
}

/** A map of each of the rows named. Prepared weights are lost: evaluation begins with prepareEvaluation again. */
export async function explain(network: Network, rows: PixelRows, chosen: number[]): Promise<ImageMap[]> {
  const { io, pool, plan, options } = network;
  const { explanationBatch: batch } = options;
  const { maps: output } = io;
  if (!batch || !output) throw new Error(`${network.name} was planned without explanations`);
  const places = output.bytes / 4 / batch;
  const maps: ImageMap[] = [];
  await pool.run([{ plan: plan.explain, steps: Math.ceil(chosen.length / batch) }], {
    async feed(step, slot) {
      const bytes = slotView(network, io.bytes, slot);
      const part = chosen.slice(step * batch, (step + 1) * batch);
      await Promise.all(part.map((row, i) => rows.read(row, bytes.subarray(i * rows.rowBytes, (i + 1) * rows.rowBytes))));
    },
    collect(step, slot) {
      const { buffer, byteOffset } = slotView(network, output, slot);
      for (let i = 0; i < Math.min(batch, chosen.length - step * batch); i++) {
        const values = new Float32Array(buffer, byteOffset + 4 * i * places, places).slice();
        maps.push({ values, side: Math.sqrt(places) });
      }
    },
  });
  return maps;
}
