import type { Interval } from "../results/metrics.js";

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** Wilson's 95 % score interval of a share k / n (Wilson 1927, J. Am. Stat. Assoc. 22:209). Null for n = 0. */
export function wilson(k: number, n: number): Interval | null {
  if (n === 0) return null;
  const share = k / n;
  const scale = 1 + Z ** 2 / n;
  const centre = (share + Z ** 2 / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  // Exact at the ends, where rounding could leave the interval.
  return [k === 0 ? 0 : centre - half, k === n ? 1 : centre + half];
}
