// Log-odds of the positive class, ln(p / (1 - p)): the difference of the two logits. Images are ranked by log-odds, because p
// rounds to 1 above log-odds of 17.4 (float32) or 36.8 (float64).

/** p = 1 / (1 + e^-logOdds); rounds to 0 or 1 for large values, NaN only for NaN. */
export const probability = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Larger than the log-odds of any double between 0 and 1: ln(2^-1074) = -744.4. */
const FARTHEST = 745;

/** The log-odds of a probability, monotonic and finite, also for 0 and 1. */
export const logOddsOf = (p: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, Math.log(p / (1 - p))));

/** Mean of -ln p(label) = ln(1 + e^-x), where x is the log-odds of the label: accurate also for p near 1. labels: 0 or 1. */
export function crossEntropy(labels: ArrayLike<number>, logOdds: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const x = labels[i] === 1 ? logOdds[i] : -logOdds[i];
    sum += Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x)));
  }
  return sum / labels.length;
}
