// Log-odds of PNEUMONIA, ln(p / (1 - p)): the difference of the two logits. They rank images, since p does not tell them all
// apart: as float32 it is 1 from log-odds of 17.4 on, as float64 from 36.8 on.

/** p = 1 / (1 + e^-logOdds): 0 or 1 at the far ends, NaN for NaN alone. */
export const probability = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Beyond the log-odds of every double between 0 and 1: ln(2^-1074) is -744.4. */
const FARTHEST = 745;

/** The log-odds of a probability, in its order; those of 0 and 1 are finite too. */
export const logOddsOf = (p: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, Math.log(p / (1 - p))));

/** Mean of -ln p(label), as ln(1 + e^-x) of the log-odds x of the label: exact where p is all but 1. labels: 0 or 1. */
export function crossEntropy(labels: ArrayLike<number>, logOdds: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const x = labels[i] === 1 ? logOdds[i] : -logOdds[i];
    sum += Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x)));
  }
  return sum / labels.length;
}
