// Fits the statistics that tell unusual images (core/unusual.ts) on training images.
import {
  distances,
  FEATURES,
  imageFeatures,
  isUnusual,
  type UnusualImage,
  type UnusualStatistics,
  unusualScore,
} from "../core/unusual.js";
import type { PixelRows } from "../data/types.js";

/** With fewer training images, the share of unusual ones cannot be estimated. */
const FEWEST_IMAGES = 100;
/** More images are not needed; these are evenly spaced. Their features take 32 MB. */
const MOST_IMAGES = 20_000;
/** lambda: added to each variance, against directions in which the training images hardly vary. */
const RIDGE = 0.1;
/** The share of training images above the limit of a, and of d. */
const ABOVE = 0.0025;
const FOLDS = 5;
/** Consecutive images are often of one patient. Images are dealt to folds in this many blocks, which keeps most patients together. */
const BLOCKS = 100;

/** Undefined if there are too few images. `edge`: of the images in pixels. */
export async function fitUnusual(train: PixelRows, edge: number): Promise<UnusualStatistics | undefined> {
  const { length } = train.images;
  if (length < FEWEST_IMAGES) return undefined;
  const n = Math.min(length, MOST_IMAGES);
  const pixels = new Uint8Array(train.rowBytes);
  const features: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    await train.read(Math.floor((i * length) / n), pixels);
    features.push(imageFeatures(pixels, edge));
  }
  const foldOf = (i: number) => Math.floor((i * BLOCKS) / n) % FOLDS;
  // Each image is compared with statistics of the other folds.
  const found = features.map(() => [0, 0] as [number, number]);
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = statisticsOf(features.filter((_, i) => foldOf(i) !== fold));
    features.forEach((one, i) => {
      if (foldOf(i) === fold) found[i] = distances(one, others);
    });
  }
  const sorted = [0, 1].map((k) => Float64Array.from(found, (pair) => pair[k]).sort());
  const at = (share: number) => sorted.map((values) => values[Math.ceil(share * n) - 1]) as [number, number];
  const [typical, limit] = [at(0.5), at(1 - ABOVE)];
  // All images are alike: there is nothing to compare with.
  if (!(limit[0] > typical[0] && limit[1] > typical[1])) return undefined;
  return { ...statisticsOf(features), typical, limit };
}

/** The same rows, and a function that returns the unusual ones among those that have been read, in the order of the rows. */
export function watchUnusual(
  rows: PixelRows,
  edge: number,
  statistics: UnusualStatistics,
): { rows: PixelRows; found(): UnusualImage[] } {
  const scores = new Map<number, number>();
  const read = async (i: number, into: Uint8Array) => {
    await rows.read(i, into);
    scores.set(i, unusualScore(into, edge, statistics));
  };
  const found = () =>
    rows.images.flatMap(({ file }, i) => {
      const score = scores.get(i);
      return score !== undefined && isUnusual(score) ? [{ file, unusualScore: score }] : [];
    });
  return { rows: { ...rows, read }, found };
}

/** The unusual ones among all rows. */
export async function findUnusual(given: PixelRows, edge: number, statistics: UnusualStatistics): Promise<UnusualImage[]> {
  const { rows, found } = watchUnusual(given, edge, statistics);
  const pixels = new Uint8Array(rows.rowBytes);
  for (let i = 0; i < rows.images.length; i++) await rows.read(i, pixels);
  return found();
}

/** mu, and the inverse of the Cholesky factor of C + lambda I. */
function statisticsOf(features: Float64Array[]): Pick<UnusualStatistics, "mean" | "factor"> {
  const mean = new Float64Array(FEATURES);
  for (const one of features) for (let j = 0; j < FEATURES; j++) mean[j] += one[j] / features.length;
  const covariance = new Float64Array(FEATURES * FEATURES);
  for (const one of features) {
    for (let i = 0; i < FEATURES; i++) {
      const centred = (one[i] - mean[i]) / (features.length - 1);
      for (let j = 0; j <= i; j++) covariance[i * FEATURES + j] += centred * (one[j] - mean[j]);
    }
  }
  for (let i = 0; i < FEATURES; i++) covariance[i * FEATURES + i] += RIDGE;
  const inverse = invertLower(cholesky(covariance));
  const factor: number[] = [];
  for (let i = 0; i < FEATURES; i++) for (let j = 0; j <= i; j++) factor.push(inverse[i * FEATURES + j]);
  return { mean: Float32Array.from(mean), factor: Float32Array.from(factor) };
}

/** The lower L with L L' = `matrix`, in place (Golub and Van Loan, Matrix Computations, 4.2). */
function cholesky(matrix: Float64Array): Float64Array {
  for (let j = 0; j < FEATURES; j++) {
    for (let i = j; i < FEATURES; i++) {
      let value = matrix[i * FEATURES + j];
      for (let k = 0; k < j; k++) value -= matrix[i * FEATURES + k] * matrix[j * FEATURES + k];
      matrix[i * FEATURES + j] = i === j ? Math.sqrt(value) : value / matrix[j * FEATURES + j];
    }
  }
  return matrix;
}

/** The inverse of a lower triangular matrix, by forward substitution. */
function invertLower(lower: Float64Array): Float64Array {
  const inverse = new Float64Array(FEATURES * FEATURES);
  for (let j = 0; j < FEATURES; j++) {
    for (let i = j; i < FEATURES; i++) {
      let value = i === j ? 1 : 0;
      for (let k = j; k < i; k++) value -= lower[i * FEATURES + k] * inverse[k * FEATURES + j];
      inverse[i * FEATURES + j] = value / lower[i * FEATURES + i];
    }
  }
  return inverse;
}
