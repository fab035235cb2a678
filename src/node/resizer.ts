import { createResizer } from "../core/resize.js";
import { compileKernels, instantiateKernels } from "./variant.js";

/** 512 MiB: the largest image decodeImage lets through (100 megapixels) and the pass between. */
const MAX_PAGES = 8192;

/** Resizes to size x size, RGB. The memory is one for all calls: it keeps the largest image's room. */
export function makeResizer(size: number): ReturnType<typeof createResizer> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  return createResizer(instantiateKernels(compileKernels("simd"), memory), memory, size);
}
