// 95% bootstrap confidence intervals: images, or patients with all their images, are resampled with replacement; the ends are
// percentiles of the resampled metrics (Efron 1979; percentile method).
import { ascending, quantileSorted } from "d3-array";
import { createRng } from "../core/rng.js";
import type { Interval, SplitMetrics } from "../results/metrics.js";

export const RESAMPLES = 2000;
const SEED = 0;
const TAIL = 0.025;

type Intervals = NonNullable<SplitMetrics["intervals"]>;
type Figure = keyof Intervals;

export interface Resampling {
  /** In log-odds. */
  threshold?: number;
  /** The numbers of each patient's images, which are then resampled together. */
  patients?: readonly (readonly number[])[] | undefined;
}

/** Fixed seed: the same images give the same intervals. A metric's undefined resamples are left out. */
export function bootstrapIntervals(
  labels: ArrayLike<number>,
  logOdds: ArrayLike<number>,
  { threshold = 0, patients }: Resampling = {},
): Intervals {
  const values: Record<Figure, number[]> = { accuracy: [], recall: [], specificity: [], precision: [], f1: [], auc: [] };
  const rng = createRng(SEED);
  const n = labels.length;
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => logOdds[a] - logOdds[b]);
  const times = new Uint32Array(n);
  for (let round = 0; round < RESAMPLES; round++) {
    times.fill(0);
    if (patients) for (let k = 0; k < patients.length; k++) for (const i of patients[rng.below(patients.length)]) times[i]++;
    else for (let i = 0; i < n; i++) times[rng.below(n)]++;
    for (const [figure, value] of Object.entries(figures({ labels, logOdds, times, order, threshold }))) {
      if (!Number.isNaN(value)) values[figure as Figure].push(value);
    }
  }
  return Object.fromEntries(Object.entries(values).map(([figure, found]) => [figure, interval(found)])) as Intervals;
}

interface Resample {
  labels: ArrayLike<number>;
  logOdds: ArrayLike<number>;
  times: Uint32Array;
  order: Uint32Array;
  threshold: number;
}

/** The metrics of the resample that contains image i `times[i]` times; NaN for 0 / 0. `order` sorts the images by log-odds. */
function figures({ labels, logOdds, times, order, threshold }: Resample): Record<Figure, number> {
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
    if (score > threshold) [fp, tp] = [fp + negatives, tp + positives];
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
