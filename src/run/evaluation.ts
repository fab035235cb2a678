// What a saved model makes of images: of a dataset's split, or of files.
import type { Label, Split } from "../data/types.js";
import { predictAt } from "../eval/confusion.js";
import { logOddsOf } from "../eval/log-odds.js";
import { splitMetrics } from "../eval/metrics.js";
import { type Score, scoreOf } from "../eval/predictions.js";
import type { SplitMetrics } from "../results/metrics.js";
import { evaluate } from "../train/evaluate.js";
import { type CheckpointOptions, openCheckpoint } from "./checkpoint.js";
import { type DatasetOptions, openDataset } from "./dataset.js";
import { readImages } from "./images.js";
import { scores } from "./predictions.js";
import type { Terminal } from "./terminal.js";

export async function evaluateOnSplit(
  checkpoint: CheckpointOptions,
  split: Split,
  options: DatasetOptions,
  terminal: Terminal,
): Promise<SplitMetrics> {
  const { network } = await openCheckpoint(checkpoint, options.threads);
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

export interface FileScore extends Score {
  label: Label;
}

/** The score of every file, and the class at the model's threshold. */
export async function evaluateFiles(checkpoint: CheckpointOptions, files: string[], threads: number): Promise<FileScore[]> {
  const images = await readImages(files);
  const { network, facts } = await openCheckpoint(checkpoint, threads, files.length);
  const threshold = logOddsOf(facts.threshold);
  try {
    const logOdds = await evaluate(network, images);
    const labels = predictAt(logOdds, threshold);
    return Array.from(logOdds, (x, i) => ({ ...scoreOf(x), label: labels[i] as Label }));
  } finally {
    await network.pool.close();
  }
}
