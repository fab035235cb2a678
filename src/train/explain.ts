import { slotFloats } from "../core/values.js";
import type { PixelRows } from "../data/types.js";
import { feedPixels } from "./feed.js";
import type { Network } from "./network.js";

/** Contribution of each image region to the prediction: see src/core/layers/explain.ts. */
export interface ImageMap {
  /** Row by row. Positive values support class 1. */
  values: Float32Array;
  /** Width and height of the map. */
  side: number;
}

/** Makes a map for each chosen row. Overwrites the prepared weights: call prepareEvaluation before the next evaluation. */
export async function explain(network: Network, rows: PixelRows, chosen: number[]): Promise<ImageMap[]> {
  const {
    io: { maps: output },
    pool,
    model,
    options: { explanationBatch: batch },
  } = network;
  if (!output) throw new Error(`${model.name} was planned without explanations`);
  const places = output.bytes / 4 / batch;
  const maps: ImageMap[] = [];
  const rowsOf = (step: number) => chosen.slice(step * batch, (step + 1) * batch);
  await pool.run([{ plan: "explain", steps: Math.ceil(chosen.length / batch) }], {
    feed: (step, slot) => feedPixels(network, rows, rowsOf(step), slot),
    collect(step, slot) {
      const values = slotFloats(network, output, slot);
      rowsOf(step).forEach((_, i) => {
        maps.push({ values: values.slice(i * places, (i + 1) * places), side: Math.sqrt(places) });
      });
    },
  });
  return maps;
}
