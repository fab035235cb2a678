// Temperature scaling (Guo et al., arXiv:1706.04599): calibrates a model with one parameter.
import { probability } from "./log-odds.js";

/** Values beyond these bounds mean too few images or no wrong prediction. */
const [LEAST, MOST] = [0.1, 100];
/** Bisection steps: more than the precision of a double. */
const STEPS = 100;

/**
 * The temperature T in [0.1, 100] that minimizes the mean cross-entropy of logOdds / T. The derivative with respect to 1 / T,
 * sum_i x_i (sigmoid(x_i / T) - label_i), increases with 1 / T; bisection finds its zero. labels: 0 or 1.
 */
export function temperatureOf(labels: ArrayLike<number>, logOdds: ArrayLike<number>): number {
  const slope = (inverse: number) => {
    let sum = 0;
    for (let i = 0; i < labels.length; i++) sum += logOdds[i] * (probability(logOdds[i] * inverse) - labels[i]);
    return sum;
  };
  let [low, high] = [Math.log(1 / MOST), Math.log(1 / LEAST)];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp(-(low + high) / 2);
}
