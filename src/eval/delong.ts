// Test of the difference of two AUCs on the same images: DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988), with the
// rank method of Sun and Xu (IEEE Signal Processing Letters 21, 2014).
import { descending, mean, rank, sum } from "d3-array";
import { cumulativeNormal } from "vega-statistics";
import type { AucComparison } from "../results/metrics.js";
import { checkScores } from "./scores.js";

/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** a, b: scores of two models for the same n images. null if a class has fewer than two images. */
export function delong(
  labels: ArrayLike<number>,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Pick<AucComparison, "difference" | "interval" | "pValue"> | null {
  checkScores(labels, a);
  checkScores(labels, b);
  const positive = Uint32Array.from(labels, (_, i) => i).filter((i) => labels[i] === 1);
  const negative = Uint32Array.from(labels, (_, i) => i).filter((i) => labels[i] === 0);
  if (positive.length < 2 || negative.length < 2) return null;
  const [pa, pb] = [placements(a, positive, negative), placements(b, positive, negative)];
  const difference = mean(pa.positive)! - mean(pb.positive)!;
  const deviation = Math.sqrt(
    variance(pa.positive.map((v, i) => v - pb.positive[i])) / positive.length +
      variance(pa.negative.map((v, i) => v - pb.negative[i])) / negative.length,
  );
  const pValue = deviation > 0 ? 2 * cumulativeNormal(-Math.abs(difference) / deviation) : difference === 0 ? 1 : 0;
  return { difference, interval: [difference - Z * deviation, difference + Z * deviation], pValue };
}

/** For each positive image the fraction of negatives with a lower score (ties count half); for each negative, of positives above. */
function placements(scores: ArrayLike<number>, positive: Uint32Array, negative: Uint32Array) {
  const of = (images: Uint32Array) => Float64Array.from(images, (i) => scores[i]);
  const [x, y] = [of(positive), of(negative)];
  const both = new Float64Array(x.length + y.length);
  both.set(x);
  both.set(y, x.length);
  const all = midranks(both);
  const [ofX, ofY] = [midranks(x), midranks(y)];
  return {
    positive: x.map((_, i) => (all[i] - ofX[i]) / y.length),
    negative: y.map((_, i) => 1 - (all[x.length + i] - ofY[i]) / x.length),
  };
}

/** Ranks from 1; tied values get their mean rank. d3's ranks start at 0 and give tied values the lowest rank. */
function midranks(values: Float64Array): Float64Array {
  const [below, above] = [rank(values), rank(values, descending)];
  return below.map((b, i) => (b + values.length - above[i] + 1) / 2);
}

/** Sample variance (n - 1). d3's variance sums in another order, which would change the last bits of metrics.json. */
function variance(values: Float64Array): number {
  const m = mean(values)!;
  return sum(values, (v) => (v - m) ** 2) / (values.length - 1);
}
