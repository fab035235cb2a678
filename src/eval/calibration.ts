// Calibration: whether predicted probabilities match observed frequencies.
import type { SplitMetrics } from "../results/metrics.js";

const BINS = 10;
const HISTOGRAM_BINS = 20;

type Calibration = Required<Pick<SplitMetrics, "brier" | "ece" | "calibration">>;

/**
 * Brier score: the mean of (p - label)^2. Bins as in sklearn.calibration.calibration_curve (strategy "uniform"): an edge belongs
 * to the lower bin. Expected calibration error: the mean of |observed fraction - mean p| over the bins, weighted by their numbers
 * of images (Naeini, Cooper and Hauskrecht 2015).
 */
export function calibration(labels: ArrayLike<number>, p: ArrayLike<number>): Calibration {
  const sums = Array.from({ length: BINS }, () => ({ n: 0, predicted: 0, observed: 0 }));
  let squares = 0;
  for (let i = 0; i < labels.length; i++) {
    squares += (p[i] - labels[i]) ** 2;
    const bin = sums[binOf(p[i], BINS, (x, edge) => x > edge)];
    bin.n++;
    bin.predicted += p[i];
    bin.observed += labels[i];
  }
  const bins = sums.map(({ n, predicted, observed }, b) => ({
    from: b / BINS,
    to: (b + 1) / BINS,
    n,
    predicted: predicted / n,
    observed: observed / n,
  }));
  const filled = bins.filter(({ n }) => n > 0);
  const ece = filled.reduce((sum, { n, predicted, observed }) => sum + (n / labels.length) * Math.abs(observed - predicted), 0);
  return { brier: squares / labels.length, ece, calibration: filled };
}

/** The bin of p. The edges are multiples of the rounded step, as in numpy.linspace. */
function binOf(p: number, bins: number, passes: (p: number, edge: number) => boolean): number {
  let bin = 0;
  while (bin < bins - 1 && passes(p, (bin + 1) * (1 / bins))) bin++;
  return bin;
}

/** Counts of images by p and true class, as numpy.histogram over [0, 1]: an edge belongs to the upper bin. */
export function histogram(labels: ArrayLike<number>, p: ArrayLike<number>): NonNullable<SplitMetrics["histogram"]> {
  const counts = [new Array<number>(HISTOGRAM_BINS).fill(0), new Array<number>(HISTOGRAM_BINS).fill(0)];
  for (let i = 0; i < labels.length; i++) counts[labels[i]][binOf(p[i], HISTOGRAM_BINS, (x, edge) => x >= edge)]++;
  return { NORMAL: counts[0], PNEUMONIA: counts[1] };
}
