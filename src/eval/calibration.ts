// Whether probabilities mean what they say.
import type { SplitMetrics } from "../results/metrics.js";

const BINS = 10;
const HISTOGRAM_BINS = 20;

type Calibration = Required<Pick<SplitMetrics, "brier" | "ece" | "calibration">>;

/**
 * Brier score: the mean of (p - label)^2. Bins as sklearn.calibration.calibration_curve's (strategy "uniform"): an edge belongs to
 * the bin below. Expected calibration error: the mean distance of a bin's share of PNEUMONIA from its mean p, weighted by images
 * (Naeini, Cooper and Hauskrecht 2015).
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

/** The bin of p; numpy.linspace's edges are multiples of the rounded step. */
function binOf(p: number, bins: number, passes: (p: number, edge: number) => boolean): number {
  let bin = 0;
  while (bin < bins - 1 && passes(p, (bin + 1) * (1 / bins))) bin++;
  return bin;
}

/** Images by p and true class, as numpy.histogram over [0, 1]: an edge belongs to the bin above. */
export function histogram(labels: ArrayLike<number>, p: ArrayLike<number>): NonNullable<SplitMetrics["histogram"]> {
  const counts = [new Array<number>(HISTOGRAM_BINS).fill(0), new Array<number>(HISTOGRAM_BINS).fill(0)];
  for (let i = 0; i < labels.length; i++) counts[labels[i]][binOf(p[i], HISTOGRAM_BINS, (x, edge) => x >= edge)]++;
  return { NORMAL: counts[0], PNEUMONIA: counts[1] };
}
