// Fits for a model at another hospital, from least to most: a threshold, scale and offset of the log-odds, the last layer. Which of them is worth
// it is decided on images that it was not fitted on: cross-validation in which the images of a patient stay together.
import { crossEntropyAt, probability } from "./log-odds.js";
import { imagesOfPatients } from "./patients.js";
import { balancedThreshold } from "./thresholds.js";

/** Log-odds x become scale x + offset. */
export interface Affine {
  scale: number;
  offset: number;
}

/** Newton steps: quadratic convergence needs fewer. */
const NEWTON_STEPS = 50;
const [LEAST_SCALE, MOST_SCALE] = [0.01, 10];

/**
 * Platt scaling: scale and offset minimize the cross-entropy against targets (n1 + 1) / (n1 + 2) and 1 / (n0 + 2), which keep few images from
 * giving certainty (Platt 1999; Newton's method with backtracking by Lin, Lin and Weng 2007). labels: 0 or 1.
 */
export function fitAffine(labels: ArrayLike<number>, logOdds: ArrayLike<number>): Affine {
  const n = labels.length;
  const positive = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const [high, low] = [(positive + 1) / (positive + 2), 1 / (n - positive + 2)];
  const target = (i: number) => (labels[i] === 1 ? high : low);
  const lossAt = ({ scale, offset }: Affine) => {
    let loss = 0;
    for (let i = 0; i < n; i++) loss += crossEntropyAt(target(i), scale * logOdds[i] + offset);
    return loss;
  };
  let fit: Affine = { scale: 1, offset: 0 };
  let loss = lossAt(fit);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    // Gradient and Hessian by scale and offset; the small addition keeps the Hessian invertible.
    let [g1, g2, h11, h12, h22] = [0, 0, 1e-12, 0, 1e-12];
    for (let i = 0; i < n; i++) {
      const x = logOdds[i];
      const p = probability(fit.scale * x + fit.offset);
      const [error, weight] = [p - target(i), p * (1 - p)];
      g1 += error * x;
      g2 += error;
      h11 += weight * x * x;
      h12 += weight * x;
      h22 += weight;
    }
    if (Math.abs(g1) + Math.abs(g2) < 1e-9) break;
    const determinant = h11 * h22 - h12 * h12;
    const [d1, d2] = [-(h22 * g1 - h12 * g2) / determinant, -(h11 * g2 - h12 * g1) / determinant];
    let length = 1;
    let next = fit;
    let nextLoss = loss;
    for (; length > 1e-10; length /= 2) {
      next = { scale: fit.scale + length * d1, offset: fit.offset + length * d2 };
      nextLoss = lossAt(next);
      if (nextLoss < loss) break;
    }
    if (!(nextLoss < loss)) break;
    [fit, loss] = [next, nextLoss];
  }
  return { scale: Math.min(MOST_SCALE, Math.max(LEAST_SCALE, fit.scale)), offset: fit.offset };
}

/** Images with the inputs of the last layer: features [n][width], row by row. */
export interface Featured {
  labels: ArrayLike<number>;
  logOdds: ArrayLike<number>;
  features: ArrayLike<number>;
  width: number;
}

/** Added to the difference of the last layer's rows, class 1 minus class 0: log-odds x become x + offset + features . weights. */
export interface LastLayerChange {
  weights: Float64Array;
  offset: number;
}

const DESCENT_STEPS = 400;
const POWER_STEPS = 30;

/**
 * Ridge regression of the change: minimizes the mean cross-entropy of x + offset + f . weights plus ridge / 2 |weights|^2, f being the features
 * divided by their standard deviation. Nesterov's accelerated gradient for strongly convex functions (Nesterov 2004, 2.2.1).
 */
export function fitLastLayer({ labels, logOdds, features, width }: Featured, ridge: number): LastLayerChange {
  const n = labels.length;
  const { centred, mean, deviation } = standardized(features, n, width);
  // The Hessian is at most a quarter of the second moments, and 1 / 4 for the offset.
  const smoothness = 0.25 * Math.max(1, largestEigenvalue(centred, n, width)) + ridge;
  const momentum = (Math.sqrt(smoothness) - Math.sqrt(ridge)) / (Math.sqrt(smoothness) + Math.sqrt(ridge));
  let [weights, before] = [new Float64Array(width + 1), new Float64Array(width + 1)];
  for (let step = 0; step < DESCENT_STEPS; step++) {
    const at = weights.map((w, j) => w + momentum * (w - before[j]));
    const gradient = at.map((w, j) => (j < width ? ridge * w : 0));
    for (let i = 0; i < n; i++) {
      let x = logOdds[i] + at[width];
      for (let j = 0; j < width; j++) x += at[j] * centred[i * width + j];
      const error = (probability(x) - labels[i]) / n;
      for (let j = 0; j < width; j++) gradient[j] += error * centred[i * width + j];
      gradient[width] += error;
    }
    [before, weights] = [weights, at.map((w, j) => w - gradient[j] / smoothness)];
  }
  const change = Float64Array.from(deviation, (s, j) => (s > 0 ? weights[j] / s : 0));
  return { weights: change, offset: weights[width] - change.reduce((sum, w, j) => sum + w * mean[j], 0) };
}

function standardized(features: ArrayLike<number>, n: number, width: number) {
  const [mean, deviation] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < n; i++) for (let j = 0; j < width; j++) mean[j] += features[i * width + j] / n;
  for (let i = 0; i < n; i++) for (let j = 0; j < width; j++) deviation[j] += (features[i * width + j] - mean[j]) ** 2 / n;
  for (let j = 0; j < width; j++) deviation[j] = Math.sqrt(deviation[j]);
  const centred = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) {
      if (deviation[j] > 0) centred[i * width + j] = (features[i * width + j] - mean[j]) / deviation[j];
    }
  }
  return { centred, mean, deviation };
}

/** Of the second moments X'X / n, by power iteration. */
function largestEigenvalue(rows: Float64Array, n: number, width: number): number {
  let vector = new Float64Array(width).fill(1 / Math.sqrt(width));
  let value = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Float64Array(width);
    for (let i = 0; i < n; i++) {
      let product = 0;
      for (let j = 0; j < width; j++) product += rows[i * width + j] * vector[j];
      for (let j = 0; j < width; j++) next[j] += (product * rows[i * width + j]) / n;
    }
    value = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0));
    if (value === 0) return 0;
    vector = next.map((x) => x / value);
  }
  // Power iteration approaches the eigenvalue from below.
  return 1.1 * value;
}

/** A model file states the threshold as a probability, which is 1 for log-odds above 36.7. */
const FARTHEST_THRESHOLD = 36;

/** The threshold in log-odds with the best balanced accuracy; `fallback` if there is none. */
export function fitThreshold(labels: ArrayLike<number>, logOdds: ArrayLike<number>, fallback: number): number {
  const best = balancedThreshold(labels, logOdds)?.logit ?? fallback;
  return Math.max(-FARTHEST_THRESHOLD, Math.min(FARTHEST_THRESHOLD, best));
}

/** The number of patients with images of class 0, and of class 1. */
export function patientsByClass(labels: ArrayLike<number>, patients: readonly (string | undefined)[]): [number, number] {
  const images = imagesOfPatients(patients);
  const having = (label: number) => images.filter((own) => own.some((i) => labels[i] === label)).length;
  return [having(0), having(1)];
}

/**
 * Folds in which all images of a patient are in one fold, and each class is spread evenly: patients in the order of their number of images,
 * largest first, each to the fold that has the fewest images of its classes. Returns the fold of each image.
 */
export function patientFolds(labels: ArrayLike<number>, patients: readonly (string | undefined)[], folds: number): number[] {
  const images = imagesOfPatients(patients);
  const counts = Array.from({ length: folds }, () => [0, 0]);
  const foldOf = new Array<number>(labels.length);
  for (const own of images.sort((a, b) => b.length - a.length)) {
    const counted = [0, 0];
    for (const i of own) counted[labels[i]]++;
    const load = ([n0, n1]: number[]) => counted[0] * n0 + counted[1] * n1;
    const best = counts.reduce((least, _, k) => (load(counts[k]) < load(counts[least]) ? k : least), 0);
    for (const i of own) {
      foldOf[i] = best;
      counts[best][labels[i]]++;
    }
  }
  return foldOf;
}
