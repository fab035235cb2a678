// 95% bootstrap confidence intervals: images, or patients with all their images, are resampled with replacement; the ends are percentiles of the
// resampled metrics (Efron 1979; percentile method).
import { ascending, quantileSorted } from "d3-array";
import { createRng } from "../core/rng.js";
import type { Interval, SplitMetrics } from "../results/metrics.js";

export const RESAMPLES = 2000;
const SEED = 0;
const TAIL = 0.025;

type Intervals = NonNullable<SplitMetrics["intervals"]>;
type Figure = keyof Intervals;

/**
 * Fixed seed: the same images give the same intervals. A metric's undefined resamples are left out. `patients`: the numbers of each patient's
 * images, which are then resampled together.
 */
export function bootstrapIntervals(
  labels: ArrayLike<number>,
  logOdds: ArrayLike<number>,
  patients?: readonly (readonly number[])[],
): Intervals {
  const values: Record<Figure, number[]> = { accuracy: [], recall: [], specificity: [], precision: [], f1: [], auc: [] };
  const rng = createRng(SEED);
  const n = labels.length;
  const drawn = patients ?? Array.from(labels, (_, i) => [i]);
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => logOdds[a] - logOdds[b]);
  const times = new Uint32Array(n);
  for (let round = 0; round < RESAMPLES; round++) {
    times.fill(0);
    for (let k = 0; k < drawn.length; k++) for (const i of drawn[rng.below(drawn.length)]) times[i]++;
    for (const [figure, value] of Object.entries(figures(labels, logOdds, times, order))) {
      if (!Number.isNaN(value)) values[figure as Figure].push(value);
    }
  }
  return Object.fromEntries(Object.entries(values).map(([figure, found]) => [figure, interval(found)])) as Intervals;
}

/** The metrics of the resample that contains image i `times[i]` times; NaN for 0 / 0. `order` sorts the images by log-odds. */
function figures(
  labels: ArrayLike<number>,
  logOdds: ArrayLike<number>,
  times: Uint32Array,
  order: Uint32Array,
): Record<Figure, number> {
  let [tn, fp, fn, tp] = [0, 0, 0, 0];
  // AUC: the fraction of pairs in which the positive image has the higher score; ties count half.
  let [pairs, below] = [0, 0];
  for (let k = 0; k < order.length; ) {
    const score = logOdds[order[k]];
    let [negatives, positives] = [0, 0];
    for (; k < order.length && logOdds[order[k]] === score; k++) {
      if (labels[order[k]] === 1) positives += times[order[k]];
      else negatives += times[order[k]];
    }
    pairs += positives * (below + negatives / 2);
    below += negatives;
    if (score > 0) [fp, tp] = [fp + negatives, tp + positives];
    else [tn, fn] = [tn + negatives, fn + positives];
  }
  return {
    accuracy: (tn + tp) / (tn + fp + fn + tp),
    recall: tp / (tp + fn),
    specificity: tn / (tn + fp),
    precision: tp / (tp + fp),
    f1: (2 * tp) / (2 * tp + fp + fn),
    auc: pairs / ((tp + fn) * (tn + fp)),
  };
}

/** Percentiles with linear interpolation, as in numpy.quantile. */
function interval(values: number[]): Interval | null {
  if (values.length === 0) return null;
  const sorted = values.sort(ascending);
  return [quantileSorted(sorted, TAIL)!, quantileSorted(sorted, 1 - TAIL)!];
}
