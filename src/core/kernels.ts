// The compiled core over a memory: what every runtime does alike.

export type Kernels = Record<string, (...args: number[]) => number>;

/** The core's functions over `memory`, shared or not. They own nothing: no globals, no data, no allocation. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
