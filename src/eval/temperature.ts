// Temperature scaling (Guo et al., arXiv:1706.04599): one number that makes a model as sure as it is right.
import { probability } from "./log-odds.js";

/** Temperatures beyond are no calibration: too few images, or none on the wrong side. */
const [LEAST, MOST] = [0.1, 100];
/** Halvings of an interval of powers: more than a double resolves. */
const STEPS = 100;

/**
 * The temperature T for which the mean cross-entropy of logOdds / T is least, within 0.1 .. 100. Its derivative by 1 / T,
 * sum_i x_i (sigmoid(x_i / T) - label_i), grows with 1 / T: bisection finds where it changes its sign. labels: 0 or 1.
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
