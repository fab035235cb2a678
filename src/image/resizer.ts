import { instantiate } from "../core/kernels.js";
import { createResizer } from "../core/resize.js";

/** 512 MiB: the largest image (100 megapixels of RGB) and the rows between the two passes. */
const MAX_PAGES = 8192;

/** Resizes images to size x size, RGB, by the kernels of `module`. All calls share one memory, as large as the largest image needs. */
export function openResizer(module: WebAssembly.Module, size: number, { shared }: { shared: boolean }) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
  return createResizer(instantiate(module, memory), memory, size);
}
