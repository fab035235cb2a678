// Platt scaling (Platt 1999; without its offset, the temperature scaling of Guo et al., arXiv:1706.04599): two numbers that make
// a model as sure as it is right, and 0.5 the threshold that serves both classes alike.
import { probability } from "./log-odds.js";

/** Log-odds x become x / temperature + offset. */
export interface Scaling {
  temperature: number;
  offset: number;
}

/** Scalings beyond are no calibration: too few images, or none on the wrong side. */
const [LEAST_TEMPERATURE, MOST_TEMPERATURE] = [0.1, 100];
const MOST_OFFSET = 10;
/** Halvings of an interval of numbers: more than the scores' float32 resolves. */
const STEPS = 50;

/**
 * The scaling for which the mean cross-entropy is least, within 0.1 .. 100 and -10 .. 10, both classes weighing equally
 * (scikit-learn's class_weight="balanced"). The cross-entropy is convex in 1 / temperature and offset: its derivative by
 * offset, sum_i w_i (sigmoid(z_i) - label_i), grows with offset, and with the best offset for each temperature so does its
 * derivative by 1 / temperature, sum_i w_i x_i (sigmoid(z_i) - label_i). labels: 0 or 1. Where a class is absent nothing
 * can be said, and nothing is scaled.
 */
export function plattScaling(labels: ArrayLike<number>, logOdds: ArrayLike<number>): Scaling {
  const counts = [0, 0];
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  if (Math.min(...counts) === 0) return { temperature: 1, offset: 0 };

  const derivative = (inverse: number, offset: number, factor: (x: number) => number) => {
    let sum = 0;
    for (let i = 0; i < labels.length; i++) {
      sum += (factor(logOdds[i]) * (probability(logOdds[i] * inverse + offset) - labels[i])) / counts[labels[i]];
    }
    return sum;
  };
  const bestOffset = (inverse: number) => rootOf((offset) => derivative(inverse, offset, () => 1), -MOST_OFFSET, MOST_OFFSET);
  const inverse = Math.exp(
    rootOf(
      (logInverse) => derivative(Math.exp(logInverse), bestOffset(Math.exp(logInverse)), (x) => x),
      Math.log(1 / MOST_TEMPERATURE),
      Math.log(1 / LEAST_TEMPERATURE),
    ),
  );
  return { temperature: 1 / inverse, offset: bestOffset(inverse) };
}

/** Where a growing function is 0, or the end of the interval next to it: bisection. */
function rootOf(growing: (x: number) => number, low: number, high: number): number {
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (growing(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
