// What a saved model makes of images: of a dataset's split, or of files.
import type { Label, PixelCache, Split } from "../data/types.js";
import { predictAt } from "../eval/confusion.js";
import { type GroupMetrics, groupMetrics } from "../eval/groups.js";
import { logOddsOf } from "../eval/log-odds.js";
import { splitMetrics } from "../eval/metrics.js";
import { type Score, scoreOf } from "../eval/predictions.js";
import type { SplitMetrics } from "../results/metrics.js";
import { evaluate } from "../train/evaluate.js";
import { type CheckpointOptions, openCheckpoint } from "./checkpoint.js";
import { type DatasetOptions, openDataset } from "./dataset.js";
import { readImages } from "./images.js";
import { openLabelled } from "./labelled.js";
import { scores } from "./predictions.js";
import type { Terminal } from "./terminal.js";

export interface Evaluation {
  metrics: SplitMetrics;
  groups: GroupMetrics[];
  unreadable: PixelCache["unreadable"];
}

/** With `labels`, a CSV, `options.data` is a folder of any layout, whose split is test. */
export async function evaluateOnSplit(
  checkpoint: CheckpointOptions,
  split: Split,
  labels: string | undefined,
  options: DatasetOptions,
  terminal: Terminal,
): Promise<Evaluation> {
  const { network } = await openCheckpoint(checkpoint, options.threads);
  try {
    const pixels = labels ? await openLabelled(labels, options, terminal) : (await openDataset(options, terminal)).pixels;
    try {
      const rows = pixels.splits[split];
      const classes = rows.images.map((image) => image.label);
      const found = await scores(network, rows, split, terminal);
      return {
        metrics: splitMetrics(classes, found),
        groups: groupMetrics(
          classes,
          found,
          rows.images.map((image) => image.group),
        ),
        unreadable: pixels.unreadable,
      };
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
