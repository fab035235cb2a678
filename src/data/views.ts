// Images seen otherwise than they are: smoother, darker, cut.
import { createRng, STREAMS } from "../core/rng.js";
import { makeResizer } from "../node/resizer.js";
import { loadKernels } from "../node/variant.js";
import { rescaledBy, type View } from "./seen-through.js";

export { seenThrough, type View } from "./seen-through.js";

/** Of images of one size, made by kernels over one memory. */
export interface Views {
  /** By a Gaussian of `sigma` pixels: assembly/blur.ts. */
  blurred(sigma: number): View;
  /** Made `edge` pixels wide and as large as before: what is finer is lost. */
  rescaled(edge: number): View;
  /** Factors, as assembly/augment.ts applies them. */
  brightened(factor: number): View;
  contrasted(factor: number): View;
  /** Without this share of the edge on every side, and as large as before. */
  cropped(share: number): View;
  /** With Gaussian noise of `deviation` grey levels, the same in the three channels; a row's is the same at every deviation. */
  noisy(deviation: number): View;
  /** With a square in the middle, `share` of the edge wide, in the image's mean colour. */
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
  /** What `kernel` makes of the pixels at 0 and the numbers. */
  const made =
    (numbers: number[], kernel: () => void): View =>
    (pixels) => {
      new Uint8Array(memory.buffer).set(pixels);
      new Float32Array(memory.buffer, numbersAt).set(numbers);
      kernel();
      return new Uint8Array(memory.buffer, out, bytes).slice();
    };
  const augmented = (...transform: number[]) => made(transform, () => kernels.augment(out, 0, numbersAt, size, size, 0, 1));
  return {
    blurred: (sigma) => made([sigma], () => kernels.blur(out, 0, numbersAt, scratch, size, size, 0, 1)),
    rescaled: (edge) => rescaled(size, edge),
    brightened: (factor) => augmented(1, 0, 0, 0, 1, 0, factor, 1),
    contrasted: (factor) => augmented(1, 0, 0, 0, 1, 0, 1, factor),
    cropped(share) {
      const kept = 1 - 2 * share;
      // Pixels have their centres at whole coordinates.
      const first = share * size + kept / 2 - 0.5;
      return augmented(kept, 0, first, 0, kept, first, 1, 1);
    },
    noisy,
    covered: (share) => covered(size, share),
  };
}

/** One of the views alone. */
export const rescaled = (size: number, edge: number): View => rescaledBy(makeResizer, size, edge);

const noisy =
  (deviation: number): View =>
  (pixels, row) => {
    const rng = createRng(0, STREAMS.noise + row);
    const out = new Uint8ClampedArray(pixels.length);
    for (let i = 0; i < pixels.length; i += 3) {
      const noise = deviation * rng.normal();
      for (let c = i; c < i + 3; c++) out[c] = pixels[c] + noise;
    }
    return new Uint8Array(out.buffer);
  };

function covered(size: number, share: number): View {
  const edge = Math.round(share * size);
  const first = Math.floor((size - edge) / 2);
  return (pixels) => {
    const out = pixels.slice();
    const mean = meanColour(pixels);
    for (let y = first; y < first + edge; y++) for (let x = first; x < first + edge; x++) out.set(mean, (y * size + x) * 3);
    return out;
  };
}

function meanColour(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3] += pixels[i];
  return sums.map((sum) => Math.round((3 * sum) / pixels.length));
}

/** How much fine detail an image has: the mean difference, in grey levels, from itself after `blur`. */
export function sharpness(pixels: Uint8Array, blur: View): number {
  const smooth = blur(pixels, 0);
  return pixels.reduce((sum, value, i) => sum + Math.abs(value - smooth[i]), 0) / pixels.length;
}
