// Pillow's Image.resize(..., BILINEAR): an antialiased triangle filter in two 8-bit passes. Weights are computed here in
// float64 and rounded to fixed point like Pillow (libImaging/Resample.c, precompute_coeffs and normalize_coeffs_8bpc); the two passes are
// kernels (assembly/resize.ts).
import type { Kernels } from "./kernels.js";

/** The two kernels used here. */
export type ResizeKernels = Pick<Kernels, "resizeHorizontal" | "resizeVertical">;

/** 8-bit pixels, rows of width * channels bytes. Grey stays one channel; three equal channels give the same result. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 1 | 3;
}

export interface AxisWeights {
  /** (first, count) per output position: it reads input positions first .. first + count - 1. */
  bounds: Int32Array;
  /** `taps` fixed-point weights per output position, of which `count` are used; 2^22 represents 1. */
  weights: Int32Array;
  taps: number;
}

const ONE = 2 ** 22;
const PAGE = 65536;

/** w(x) = max(0, 1 - |x - centre| / s) over the input positions, normalized to sum 1; s = max(1, inSize / outSize). */
export function triangleWeights(inSize: number, outSize: number): AxisWeights {
  const scale = inSize / outSize;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const bounds = new Int32Array(outSize * 2);
  const weights = new Int32Array(outSize * taps);
  const row = new Float64Array(taps);
  for (let i = 0; i < outSize; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(inSize, Math.trunc(centre + support + 0.5)) - first;
    let sum = 0;
    for (let t = 0; t < count; t++) {
      row[t] = triangle((t + first - centre + 0.5) * (1 / support));
      sum += row[t];
    }
    for (let t = 0; t < count; t++) weights[i * taps + t] = Math.trunc(0.5 + (sum === 0 ? row[t] : row[t] / sum) * ONE);
    bounds[2 * i] = first;
    bounds[2 * i + 1] = count;
  }
  return { bounds, weights, taps };
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

/**
 * Returns a function that resizes to size x size and returns RGB rows (size * size * 3 bytes, a new array).
 * Its operands are in `memory` from byte `base` on; the memory grows when an image needs more.
 */
export function createResizer(kernels: ResizeKernels, memory: WebAssembly.Memory, size: number, base = 0) {
  return function resize(image: Pixels): Uint8Array {
    const { width, height, channels } = image;
    const square = width === size && height === size ? image.data : resizeIn(kernels, memory, base, image, size);
    return channels === 3 ? square.slice() : replicateGrey(square);
  };
}

/** Both passes; an axis of the right size is skipped, like in Pillow. Returns a view of the memory. */
function resizeIn(kernels: ResizeKernels, memory: WebAssembly.Memory, base: number, image: Pixels, size: number): Uint8Array {
  const { data, width, height, channels } = image;
  const x = triangleWeights(width, size);
  const y = triangleWeights(height, size);
  let top = base;
  const reserve = (bytes: number): number => {
    const at = Math.ceil(top / 16) * 16;
    top = at + bytes;
    return at;
  };
  const rowBytes = size * channels;
  const input = reserve(data.byteLength);
  const middle = width === size ? input : reserve(rowBytes * height);
  const out = height === size ? middle : reserve(rowBytes * size);
  const [xBounds, xWeights, yBounds, yWeights] = [x.bounds, x.weights, y.bounds, y.weights].map((a) => reserve(a.byteLength));
  if (top > memory.buffer.byteLength) memory.grow(Math.ceil((top - memory.buffer.byteLength) / PAGE));

  new Uint8Array(memory.buffer).set(data, input);
  if (width !== size) {
    new Int32Array(memory.buffer).set(x.bounds, xBounds / 4);
    new Int32Array(memory.buffer).set(x.weights, xWeights / 4);
    kernels.resizeHorizontal(middle, input, xBounds, xWeights, width, size, channels, x.taps, 0, height);
  }
  if (height !== size) {
    new Int32Array(memory.buffer).set(y.bounds, yBounds / 4);
    new Int32Array(memory.buffer).set(y.weights, yWeights / 4);
    kernels.resizeVertical(out, middle, yBounds, yWeights, rowBytes, y.taps, 0, size);
  }
  return new Uint8Array(memory.buffer, out, rowBytes * size);
}

function replicateGrey(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
  return rgb;
}
