// The compiled core: names and arguments of its kernels, and its functions over a memory. kernel-table.ts is generated from the kernels.
import type { KernelArguments, Kernels } from "./kernel-table.js";

export { KERNELS, type KernelArguments, type Kernels } from "./kernel-table.js";

export type KernelName = keyof KernelArguments;

/** A number computed from a call's numbers (including `tiles` if the caller gives it) and the core's pure functions. */
type Size = (numbers: Record<string, number>, pure: Kernels) => number;

/** How a kernel accesses the memory at one of its addresses. */
export interface OperandSpec {
  name: string;
  /** out: written completely, not read; inout: read and written, or added to; in: read. */
  role: "out" | "inout" | "in";
  /** Can be absent (0). */
  optional: boolean;
  /** Bytes that the kernel can access; absent if its arguments do not determine it. */
  bytes?: Size;
}

export interface KernelSpec {
  /** In the kernel's order, without the tile range. */
  parameters: readonly string[];
  operands: readonly OperandSpec[];
  /** Bytes of worker scratch. */
  scratch?: Size;
  /** Absent if the caller that records the call gives the number. */
  tiles?: Size;
  flops?: Size;
}

/** The core's functions over `memory`. They have no globals, no data and no allocation. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
