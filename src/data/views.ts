// Changed copies of images: blurred, darker, cropped and others.
import { createRng, STREAMS } from "../core/rng.js";
import { makeResizer } from "../node/resizer.js";
import { loadKernels } from "../node/variant.js";
import { rescaledBy, type View } from "./seen-through.js";

export { seenThrough, type View } from "./seen-through.js";

/** For images of one size. The kernels share one memory. */
export interface Views {
  /** Gaussian blur of `sigma` pixels: assembly/blur.ts. */
  blurred(sigma: number): View;
  /** Shrunk to `edge` pixels and enlarged again: finer detail is lost. */
  rescaled(edge: number): View;
  /** Factors: see assembly/augment.ts. */
  brightened(factor: number): View;
  contrasted(factor: number): View;
  /** Cropped by this share of the edge on every side, then enlarged to the old size. */
  cropped(share: number): View;
  /** Gaussian noise of `deviation` grey levels, equal in the three channels. The pattern of a row is the same at every deviation. */
  noisy(deviation: number): View;
  /** A square in the middle, `share` of the edge wide, in the mean colour of the image. */
  covered(share: number): View;
}

const PAGE = 65536;
const MAX_PAGES = 256;

export function createViews(size: number): Views {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const kernels = loadKernels("simd", memory);
  const bytes = size * size * 3;
  const out = 16 * Math.ceil(bytes / 16);
  const numbersAt = 2 * out;
  const scratch = numbersAt + 64;
  memory.grow(Math.ceil((scratch + kernels.blurScratch(size, size)) / PAGE));
  /** The result of `kernel` for the pixels at address 0 and the numbers. */
  const made =
    (numbers: number[], kernel: () => void): View =>
    (pixels) => {
      new Uint8Array(memory.buffer).set(pixels);
      new Float32Array(memory.buffer, numbersAt).set(numbers);
      kernel();
      return new Uint8Array(memory.buffer, out, bytes).slice();
    };
  const augmented = (...transform: number[]) =>
    made(transform, () => kernels.augment(out, 0, numbersAt, size, size, size, size, 1, 0, 1));
  return {
    blurred: (sigma) => made([sigma], () => kernels.blur(out, 0, numbersAt, scratch, size, size, 0, 1)),
    rescaled: (edge) => rescaled(size, edge),
    brightened: (factor) => augmented(1, 0, 0, 0, 1, 0, factor, 1),
    contrasted: (factor) => augmented(1, 0, 0, 0, 1, 0, 1, factor),
    cropped(share) {
      const kept = 1 - 2 * share;
      // The centres of pixels are at whole coordinates.
      const first = share * size + kept / 2 - 0.5;
      return augmented(kept, 0, first, 0, kept, first, 1, 1);
    },
    noisy: noises(),
    covered: (share) => covered(size, share),
  };
}

/** A single view. */
export const rescaled = (size: number, edge: number): View => rescaledBy(makeResizer, size, edge);

/** The pattern of the last row is kept: it is the same at every deviation, and makes most of the cost. */
function noises(): Views["noisy"] {
  let last: { row: number; pattern: Float64Array } | undefined;
  const patternOf = (row: number, pixels: number): Float64Array => {
    if (last?.row === row && last.pattern.length === pixels) return last.pattern;
    const rng = createRng(0, STREAMS.noise + row);
    const pattern = new Float64Array(pixels);
    for (let p = 0; p < pixels; p++) pattern[p] = rng.normal();
    last = { row, pattern };
    return pattern;
  };
  return (deviation) => (pixels, row) => {
    const pattern = patternOf(row, pixels.length / 3);
    const out = new Uint8ClampedArray(pixels.length);
    for (let p = 0, i = 0; p < pattern.length; p++) {
      const noise = deviation * pattern[p];
      for (let c = 0; c < 3; c++, i++) out[i] = pixels[i] + noise;
    }
    return new Uint8Array(out.buffer);
  };
}

function covered(size: number, share: number): View {
  const edge = Math.round(share * size);
  const first = Math.floor((size - edge) / 2);
  return (pixels) => {
    const out = pixels.slice();
    const mean = meanColour(pixels);
    const line = new Uint8Array(3 * edge).map((_, i) => mean[i % 3]);
    for (let y = first; y < first + edge; y++) out.set(line, (y * size + first) * 3);
    return out;
  };
}

function meanColour(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3] += pixels[i];
  return sums.map((sum) => Math.round((3 * sum) / pixels.length));
}

/** The amount of fine detail: the mean difference, in grey levels, between an image and its blurred copy. */
export function sharpness(pixels: Uint8Array, blur: View): number {
  const smooth = blur(pixels, 0);
  return pixels.reduce((sum, value, i) => sum + Math.abs(value - smooth[i]), 0) / pixels.length;
}
