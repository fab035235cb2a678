// What a saved model makes of a dataset's split.

import { InputError } from "../../core/errors.js";
import { CLASSES, type ClassNames, type PixelCache, type Split } from "../../data/types.js";
import { type GroupMetrics, groupMetrics } from "../../eval/groups.js";
import { splitMetrics } from "../../eval/metrics.js";
import type { SplitMetrics } from "../../results/metrics.js";
import type { Caller } from "../caller.js";
import { type DatasetOptions, openDataset } from "../datasets/dataset.js";
import type { ModelFacts } from "../model-facts.js";
import { openLabelled } from "./labelled.js";
import { type CheckpointOptions, openCheckpoint } from "./open-checkpoint.js";
import { scores } from "./predictions.js";

export interface Evaluation {
  metrics: SplitMetrics;
  groups: GroupMetrics[];
  unreadable: PixelCache["unreadable"];
  /** The model's, else those that were asked for. */
  classes: ClassNames;
}

/** With `labels`, a CSV, `options.data` is a folder of any layout, whose split is test. */
export async function evaluateOnSplit(
  checkpoint: CheckpointOptions,
  split: Split,
  labels: string | undefined,
  options: DatasetOptions,
  caller: Caller,
): Promise<Evaluation> {
  const { network, facts } = await openCheckpoint(checkpoint, options.threads);
  try {
    const classes = classesOf(facts, options.classes);
    const source = { ...options, classes };
    const pixels = labels ? await openLabelled(labels, source, caller) : (await openDataset(source, caller)).pixels;
    try {
      const rows = pixels.splits[split];
      const truth = rows.images.map((image) => image.label);
      const found = await scores(network, rows, split, caller);
      return {
        metrics: splitMetrics(truth, found),
        groups: groupMetrics(
          truth,
          found,
          rows.images.map((image) => image.group),
        ),
        unreadable: pixels.unreadable,
        classes,
      };
    } finally {
      await pixels.close();
    }
  } finally {
    await network.pool.close();
  }
}

/** A model that says what its classes are called is asked about no others. */
function classesOf({ classes }: ModelFacts, asked: ClassNames | undefined): ClassNames {
  if (classes && asked && classes.join() !== asked.join()) {
    throw new InputError(`The model's classes are ${classes.join(" and ")}: leave out --classes, or give these.`);
  }
  return classes ?? asked ?? CLASSES;
}
