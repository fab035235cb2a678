import type { PixelRows } from "../data/types.js";
import { evaluate } from "../train/evaluate.js";
import type { Network } from "../train/network.js";
import { imagesLine, type Terminal } from "./terminal.js";

/** P(PNEUMONIA) of every row, with a bar. */
export async function scores(network: Network, rows: PixelRows, what: string, terminal: Terminal): Promise<Float32Array> {
  const bar = terminal.bar();
  const start = performance.now();
  const total = rows.images.length;
  let begun = 0;
  const read = (i: number, into: Uint8Array) => {
    const done = begun++;
    bar.draw((columns) => imagesLine(`${network.model.name} on ${what}`, done, total, start, columns));
    return rows.read(i, into);
  };
  try {
    return await evaluate(network, { ...rows, read });
  } finally {
    bar.stop();
  }
}
