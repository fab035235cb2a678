import { outputExtent } from "./conv2d.js";

/** x [N][H][W][C]. */
export interface ImageShape {
  n: number;
  h: number;
  w: number;
  c: number;
}

const KERNEL = 3;
const STRIDE = 2;
const PAD = 1;

export interface MaxPoolForward {
  /** [N][P][Q][C] */
  y: Float64Array;
  /** [N][P][Q][C]: where in its channel's plane the maximum was, h * W + w, as PyTorch's indices. */
  argmax: Int32Array;
}

/**
 * 3x3 maximum, stride 2, pad 1; P, Q = outputExtent. Padding never wins, the first of equal maxima does (rows first),
 * and a NaN wins over everything, the last one in the window: PyTorch's rule `value > best || isnan(value)`.
 */
export function maxPool(x: Float64Array, { n, h, w, c }: ImageShape): MaxPoolForward {
  const rows = outputExtent(h, KERNEL, STRIDE, PAD);
  const columns = outputExtent(w, KERNEL, STRIDE, PAD);
  const y = new Float64Array(n * rows * columns * c).fill(-Infinity);
  const argmax = new Int32Array(y.length).fill(-1);
  for (let i = 0; i < y.length; i++) {
    const [channel, q] = [i % c, Math.floor(i / c) % columns];
    const p = Math.floor(i / (c * columns)) % rows;
    const image = Math.floor(i / (c * columns * rows));
    for (let hIn = Math.max(0, p * STRIDE - PAD); hIn < Math.min(h, p * STRIDE - PAD + KERNEL); hIn++) {
      for (let wIn = Math.max(0, q * STRIDE - PAD); wIn < Math.min(w, q * STRIDE - PAD + KERNEL); wIn++) {
        const value = x[((image * h + hIn) * w + wIn) * c + channel];
        if (argmax[i] < 0 || value > y[i] || Number.isNaN(value)) [y[i], argmax[i]] = [value, hIn * w + wIn];
      }
    }
  }
  return { y, argmax };
}

/** dx[n][argmax][c] += dy[n][p][q][c]: windows overlap, so a pixel may win several. */
export function maxPoolBackward(dy: Float64Array, argmax: Int32Array, { n, h, w, c }: ImageShape): Float64Array {
  const dx = new Float64Array(n * h * w * c);
  const perImage = dy.length / n;
  dy.forEach((g, i) => (dx[(Math.floor(i / perImage) * h * w + argmax[i]) * c + (i % c)] += g));
  return dx;
}

/** y[n][c] = mean over h, w of x[n][h][w][c]. */
export function globalAveragePool(x: Float64Array, { n, h, w, c }: ImageShape): Float64Array {
  const y = new Float64Array(n * c);
  x.forEach((value, i) => (y[Math.floor(i / (h * w * c)) * c + (i % c)] += value / (h * w)));
  return y;
}

/** dx[n][h][w][c] = dy[n][c] / (H W). */
export function globalAveragePoolBackward(dy: Float64Array, { n, h, w, c }: ImageShape): Float64Array {
  return new Float64Array(n * h * w * c).map((_, i) => dy[Math.floor(i / (h * w * c)) * c + (i % c)] / (h * w));
}
