// Evaluation on images that are not trained on: metrics after every epoch, and temperature scaling after the last.
import { lastLayer } from "../core/parameters.js";
import { readEntry, writeEntry } from "../core/values.js";
import type { PixelRows } from "../data/types.js";
import { type Conformal, fitConformal } from "../eval/conformal.js";
import { epochFigures } from "../eval/epoch.js";
import { temperatureOf } from "../eval/temperature.js";
import type { EpochResults } from "../results/metrics.js";
import { evaluate } from "./evaluate.js";
import type { Trainable } from "./loop.js";

/** Images that are scored after every epoch, by the key of the epoch's results. Empty sets are skipped. */
export interface ValidationSets {
  val: PixelRows;
  /** The validation images at a lower resolution, if the recipe asks for them. */
  valRescaled?: PixelRows | undefined;
  /** The test images, if they are tracked. */
  test?: PixelRows | undefined;
}

const labelsOf = ({ images }: PixelRows): number[] => images.map(({ label }) => label);

/** Metrics that are added to an epoch's results. They do not influence the training. */
export async function validate(network: Trainable, sets: ValidationSets): Promise<Partial<EpochResults>> {
  const results: Partial<EpochResults> = {};
  for (const name of ["val", "valRescaled", "test"] as const) {
    const rows = sets[name];
    if (rows && rows.images.length > 0) results[name] = epochFigures(labelsOf(rows), await evaluate(network, rows));
  }
  return results;
}

/**
 * Temperature scaling (Guo et al., arXiv:1706.04599): divides the last layer by the temperature that minimizes the cross-entropy
 * on the validation images. Returns the temperature; undefined if there are no images.
 */
export async function calibrate(network: Trainable, { val, valRescaled }: ValidationSets): Promise<number | undefined> {
  const sets = valRescaled ? [val, valRescaled] : [val];
  const labels = sets.flatMap(labelsOf);
  if (labels.length === 0) return undefined;
  const logOdds: number[] = [];
  for (const rows of sets) for (const value of await evaluate(network, rows)) logOdds.push(value);
  const temperature = temperatureOf(labels, logOdds);
  for (const entry of lastLayer(network.store)) {
    writeEntry(
      network,
      entry,
      readEntry(network, entry).map((w) => w / temperature),
    );
  }
  return temperature;
}

/** Scores of the validation images, for decisions with a chosen error rate. Undefined if there are no images. */
export async function validationScores(network: Trainable, { val }: ValidationSets): Promise<Conformal | undefined> {
  return val.images.length === 0 ? undefined : fitConformal(labelsOf(val), await evaluate(network, val));
}
