/**
 * Weights, pixels and labels that PyTorch and pulmo both make from the same written-down rule, so that a fixture need
 * hold results only. test/fixtures/make-torch-reference.py states it in Python; every fixture's header in words.
 */

/** Streams of the hash; parameter tensor t takes PARAMETERS + t, and so on. Must equal those of the Python script. */
const BRIGHTNESS = 2;
const LABELS = 3;
const PARAMETERS = 100;
const SIGNS = 1000;
const SAMPLES = 2000;

export const SIDE = 224;
export const PROJECTIONS = 8;
const SAMPLE_COUNT = 64;

/** "lowbias32" of Chris Wellons' hash prospector: a bijection of int32 whose every output bit depends on all input bits. */
function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}

/** hash(stream, i) = mix(i + mix(stream)), as a uint32. */
export function hash(stream: number, index: number): number {
  return mix((index + mix(stream)) | 0) >>> 0;
}

/** u(stream, i) = hash / 2^31 - 1, in [-1, 1), exact in a double. */
export function uniform(stream: number, index: number): number {
  return hash(stream, index) / 0x80000000 - 1;
}

export type ParameterKind = "weight" | "bias" | "bnWeight" | "bnBias";

/**
 * Parameter tensor `number` (its place among the state_dict's parameters) in PyTorch's layout: Linear [out][in],
 * Conv [O][C][R][S]. A weight is uniform with He's variance 2 / fanIn, fanIn = all but the first dimension.
 */
export function parameterValues(number: number, kind: ParameterKind, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = new Float32Array(size);
  const scale = kind === "weight" ? Math.sqrt(6 / (size / shape[0])) : 0.1;
  const offset = mix(PARAMETERS + number);
  for (let i = 0; i < size; i++) {
    const u = (mix((i + offset) | 0) >>> 0) / 0x80000000 - 1;
    values[i] = centre(kind, i) + u * scale;
  }
  return values;
}

/** Batch-norm's biases keep ReLU's inputs away from the kink at 0: three channels in four mostly on, one mostly off. */
function centre(kind: ParameterKind, i: number): number {
  if (kind === "bnWeight") return 1;
  if (kind === "bnBias") return i % 4 === 3 ? -2.5 : 2.5;
  return 0;
}

/** One image of each class in every pair, in hashed order. */
export function labels(batch: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: batch }, (_, n) => (n + hash(LABELS, n >> 1)) & 1);
}

/** Bytes [batch][224][224][3]: noise of 7 bits, a brightness per image of 5 bits, and 96 grey levels between the classes. */
export function pixels(batch: number, pixelStream: number): Uint8Array<ArrayBuffer> {
  const perImage = SIDE * SIDE * 3;
  const bytes = new Uint8Array(batch * perImage);
  const label = labels(batch);
  for (let n = 0; n < batch; n++) {
    const brightness = (hash(BRIGHTNESS, n) & 31) + 96 * label[n];
    for (let i = n * perImage; i < (n + 1) * perImage; i++) bytes[i] = (hash(pixelStream, i) >>> 25) + brightness;
  }
  return bytes;
}

/** PROJECTIONS inner products of g with fixed vectors of +-1: bit k of one hash is the sign of element i in vector k. */
export function projections(number: number, g: ArrayLike<number>): Float64Array {
  const offset = mix(SIGNS + number);
  const sums = new Float64Array(PROJECTIONS);
  for (let i = 0; i < g.length; i++) {
    const bits = mix((i + offset) | 0);
    const value = g[i];
    // A product, not a branch: signs at random are mispredicted half the time, and tensors have up to 77 M elements.
    for (let k = 0; k < PROJECTIONS; k++) sums[k] += (((bits >>> k) & 1) * 2 - 1) * value;
  }
  return sums;
}

/** Which elements of a tensor of `size` the fixture keeps: all of a small one, else hashed places. */
export function sampledIndexes(number: number, size: number): number[] {
  if (size <= SAMPLE_COUNT) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: SAMPLE_COUNT }, (_, j) => hash(SAMPLES + number, j) % size);
}
