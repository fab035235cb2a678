// Log-odds of the positive class, ln(p / (1 - p)): the difference of the two logits. Images are ranked by log-odds, because p
// rounds to 1 above log-odds of 17.4 (float32) or 36.8 (float64).

/** p = 1 / (1 + e^-logOdds); rounds to 0 or 1 for large values, NaN only for NaN. */
export const probability = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

export interface Score {
  /** Probability of class 1. */
  pPneumonia: number;
  /** Log-odds of class 1. */
  logit: number;
}

export const scoreOf = (logOdds: number): Score => ({ pPneumonia: probability(logOdds), logit: logOdds });

/** Larger than the log-odds of any double between 0 and 1: ln(2^-1074) = -744.4. */
const FARTHEST = 745;

/** The log-odds of a probability, monotonic and finite, also for 0 and 1. */
export const logOddsOf = (p: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, Math.log(p / (1 - p))));

/** -t ln p - (1 - t) ln(1 - p) for log-odds x, where t in [0, 1] is the label or a soft target: accurate also for p near 0 or 1. */
export const crossEntropyAt = (t: number, x: number): number => Math.max(0, x) - t * x + Math.log1p(Math.exp(-Math.abs(x)));

/** The mean over images. labels: 0 or 1. */
export function crossEntropy(labels: ArrayLike<number>, logOdds: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += crossEntropyAt(labels[i], logOdds[i]);
  return sum / labels.length;
}
