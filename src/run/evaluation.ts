// What a saved model makes of a dataset's split.
import type { PixelCache, Split } from "../data/types.js";
import { type GroupMetrics, groupMetrics } from "../eval/groups.js";
import { splitMetrics } from "../eval/metrics.js";
import type { SplitMetrics } from "../results/metrics.js";
import { type CheckpointOptions, openCheckpoint } from "./checkpoint.js";
import { type DatasetOptions, openDataset } from "./dataset.js";
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
