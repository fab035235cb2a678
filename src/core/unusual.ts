// Whether an image resembles the training images (novelty detection). An image becomes 198 features: the means of a grid of 14 x 14 cells,
// standardized, and the image's mean and standard deviation. Two scores are compared with those of training images:
//
//   a  the squared Mahalanobis distance (f - mu)' (C + lambda I)^-1 (f - mu), C the covariance of the training images' features
//   d  a minus the same distance of the image turned by 180 degrees: positive if the turned image fits better
//
// All in float64, in a fixed order: assembly/infer/unusual.ts gives the same bits.
import { FormatError } from "./tensors.js";

/** Cells per edge. */
const GRID = 14;
const CELLS = GRID * GRID;
export const FEATURES = CELLS + 2;
const FACTOR = (FEATURES * (FEATURES + 1)) / 2;
/** Keeps the noise of a blank image from being enlarged. */
const LEAST_DEVIATION = 0.03;
/** Weights of the image's mean and deviation beside the standardized cells. */
const MEAN_WEIGHT = 3;
const DEVIATION_WEIGHT = 10;
const LIMITS = 4;
const MEAN_AT = 8 * LIMITS;
const FACTOR_AT = MEAN_AT + 4 * FEATURES;
export const UNUSUAL_BYTES = FACTOR_AT + 4 * FACTOR;

export interface UnusualStatistics {
  /** mu, f32 [FEATURES]. */
  mean: Float32Array;
  /** The inverse of the Cholesky factor of C + lambda I: f32, lower triangle, row by row. */
  factor: Float32Array;
  /** Median of a and d over training images that the statistics were not fitted on, and the values above which few of them are. */
  typical: [a: number, d: number];
  limit: [a: number, d: number];
}

/** Features of resized pixels, u8 [size][size][3]. */
export function imageFeatures(pixels: Uint8Array, size: number): Float64Array {
  const features = new Float64Array(FEATURES);
  const edge = (i: number) => Math.floor((i * size) / GRID);
  let sum = 0;
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      let total = 0;
      for (let y = edge(row); y < edge(row + 1); y++) {
        const end = 3 * (y * size + edge(column + 1));
        for (let i = 3 * (y * size + edge(column)); i < end; i++) total += pixels[i];
      }
      const count = 3 * (edge(row + 1) - edge(row)) * (edge(column + 1) - edge(column));
      const value = total / (255 * count);
      features[row * GRID + column] = value;
      sum += value;
    }
  }
  const mean = sum / CELLS;
  let squares = 0;
  for (let i = 0; i < CELLS; i++) {
    features[i] -= mean;
    squares += features[i] * features[i];
  }
  const deviation = Math.sqrt(squares / CELLS) + LEAST_DEVIATION;
  for (let i = 0; i < CELLS; i++) features[i] /= deviation;
  features[CELLS] = MEAN_WEIGHT * mean;
  features[CELLS + 1] = DEVIATION_WEIGHT * deviation;
  return features;
}

/** a of features, or of those of the turned image. */
function distance(features: Float64Array, turned: boolean, { mean, factor }: Pick<UnusualStatistics, "mean" | "factor">): number {
  let at = 0;
  let sum = 0;
  for (let i = 0; i < FEATURES; i++) {
    let z = 0;
    for (let j = 0; j <= i; j++) {
      const value = turned && j < CELLS ? features[CELLS - 1 - j] : features[j];
      z += factor[at++] * (value - mean[j]);
    }
    sum += z * z;
  }
  return sum;
}

/** a and d of an image's features. */
export function distances(
  features: Float64Array,
  statistics: Pick<UnusualStatistics, "mean" | "factor">,
): [a: number, d: number] {
  const a = distance(features, false, statistics);
  return [a, a - distance(features, true, statistics)];
}

/** Above 1: the image is unusual. A typical training image has about 0. `pixels`: u8 [size][size][3]. */
export function unusualScore(pixels: Uint8Array, size: number, statistics: UnusualStatistics): number {
  const { typical, limit } = statistics;
  const [a, d] = distances(imageFeatures(pixels, size), statistics);
  return Math.max((a - typical[0]) / (limit[0] - typical[0]), (d - typical[1]) / (limit[1] - typical[1]));
}

/** An image that is unlike the training images. */
export interface UnusualImage {
  file: string;
  unusualScore: number;
}

export const isUnusual = (score: number): boolean => score > 1;

/** As bytes of a model file, little-endian: f64 typical a and d, limit a and d; f32 mean; f32 factor. */
export function encodeUnusual({ typical, limit, mean, factor }: UnusualStatistics): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(UNUSUAL_BYTES);
  new Float64Array(bytes.buffer, 0, LIMITS).set([...typical, ...limit]);
  new Float32Array(bytes.buffer, MEAN_AT, FEATURES).set(mean);
  new Float32Array(bytes.buffer, FACTOR_AT, FACTOR).set(factor);
  return bytes;
}

/** Bytes that become arguments of one call. */
const PIECE = 4096;

/** The same as text for the metadata of other formats. */
export function unusualText(statistics: UnusualStatistics): string {
  const bytes = encodeUnusual(statistics);
  let binary = "";
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}

/** Throws a FormatError. */
export function parseUnusual(text: string): UnusualStatistics {
  let binary = "";
  try {
    if (text.length <= 2 * UNUSUAL_BYTES) binary = atob(text);
  } catch {}
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return decodeUnusual(bytes);
}

/** Throws a FormatError. */
export function decodeUnusual(bytes: Uint8Array): UnusualStatistics {
  if (bytes.length !== UNUSUAL_BYTES) throw new FormatError("its statistics of training images have another length");
  // Copied for alignment.
  const { buffer } = new Uint8Array(bytes);
  const [typicalA, typicalD, limitA, limitD] = new Float64Array(buffer, 0, LIMITS);
  const mean = new Float32Array(buffer, MEAN_AT, FEATURES);
  const factor = new Float32Array(buffer, FACTOR_AT, FACTOR);
  const allFinite = (values: Float32Array) => values.every((value) => Number.isFinite(value));
  if (!(limitA > typicalA && limitD > typicalD && limitA + limitD < Infinity && allFinite(mean) && allFinite(factor))) {
    throw new FormatError("its statistics of training images are not usable");
  }
  return { typical: [typicalA, typicalD], limit: [limitA, limitD], mean, factor };
}
