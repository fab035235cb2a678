// What a saved model makes of images: of a dataset's split, or of files.
import type { Split } from "../data/types.js";
import { splitMetrics } from "../eval/metrics.js";
import { type Score, scoreOf } from "../eval/predictions.js";
import type { SplitMetrics } from "../results/metrics.js";
import { evaluate } from "../train/evaluate.js";
import { openCheckpoint } from "./checkpoint.js";
import { type DatasetOptions, openDataset } from "./dataset.js";
import { readImages } from "./images.js";
import { scores } from "./predictions.js";
import type { Terminal } from "./terminal.js";

export async function evaluateOnSplit(
  checkpoint: string,
  split: Split,
  options: DatasetOptions,
  terminal: Terminal,
): Promise<SplitMetrics> {
  const network = await openCheckpoint(checkpoint, options.threads);
  try {
    const { pixels } = await openDataset(options, terminal);
    try {
      const rows = pixels.splits[split];
      return splitMetrics(
        rows.images.map((image) => image.label),
        await scores(network, rows, split, terminal),
      );
    } finally {
      await pixels.close();
    }
  } finally {
    await network.pool.close();
  }
}

/** The score of every file. */
export async function evaluateFiles(checkpoint: string, files: string[], threads: number): Promise<Score[]> {
  const images = await readImages(files);
  const network = await openCheckpoint(checkpoint, threads, files.length);
  try {
    return Array.from(await evaluate(network, images), scoreOf);
  } finally {
    await network.pool.close();
  }
}
