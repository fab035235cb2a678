// Predictions for the images of a split: computed by the network, stored as <model>/predictions-<split>.csv.
import type { ClassNames, PixelRows, Split } from "../../data/types.js";
import { type Predictions, parsePredictionsCsv } from "../../eval/predictions.js";
import { readInput } from "../../node/files.js";
import { terminalWords } from "../../report/text/terminal.js";
import { evaluate } from "../../train/evaluate.js";
import type { Network } from "../../train/network.js";
import type { Caller } from "../caller.js";
import { predictionsPath } from "../folder.js";
import { imagesProgress } from "../watch/progress.js";

/** The rows, with a progress bar while they are read. `stop` removes the bar. */
export function withBar(rows: PixelRows, title: string, caller: Caller): { rows: PixelRows; stop(): void } {
  const words = terminalWords(caller.language);
  const bar = caller.bar();
  const start = performance.now();
  const total = rows.images.length;
  let begun = 0;
  const read = (i: number, into: Uint8Array) => {
    bar.draw(imagesProgress(words, title, begun++, total, start));
    return rows.read(i, into);
  };
  return { rows: { ...rows, read }, stop: () => bar.stop() };
}

/** The log-odds of class 1 for every row, with a progress bar. */
export async function scores(network: Network, rows: PixelRows, what: string, caller: Caller): Promise<Float64Array> {
  const shown = withBar(rows, terminalWords(caller.language).bar.scoring(network.model.name, what), caller);
  return evaluate(network, shown.rows, { signal: caller.signal }).finally(shown.stop);
}

/** A million images need 100 MB. */
const MAX_BYTES = 512 * 2 ** 20;

/** Predictions by training key. */
export async function readPredictions(out: string, keys: string[], classes?: ClassNames): Promise<Predictions> {
  const read = async (key: string, split: Split) => {
    const path = predictionsPath(out, key, split);
    const bytes = await readInput(path, MAX_BYTES, "start a new run if the file is lost");
    return parsePredictionsCsv(bytes.toString("utf8"), path, classes);
  };
  const entries = keys.map(async (key) => [key, { val: await read(key, "val"), test: await read(key, "test") }] as const);
  return Object.fromEntries(await Promise.all(entries));
}
