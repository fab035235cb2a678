// The compiled core: what its kernels are called, what they take, and its functions over a memory. The types come from the
// kernels themselves: see kernel-table.ts.
import type { KernelArguments, Kernels } from "./kernel-table.js";

export { KERNELS, type KernelArguments, type Kernels } from "./kernel-table.js";

export type KernelName = keyof KernelArguments;

/** A number that follows from a call's numbers (`tiles` among them where the caller says how many) and the core's pure functions. */
type Size = (numbers: Record<string, number>, pure: Kernels) => number;

/** What a kernel does with the memory from one of its addresses on. */
export interface OperandSpec {
  name: string;
  /** out: written whole, not read; inout: read and written, or added to; in: read. */
  role: "out" | "inout" | "in";
  /** May be 0: absent. */
  optional: boolean;
  /** How far it may reach; absent where its arguments do not tell. */
  bytes?: Size;
}

export interface KernelSpec {
  /** In the order in which the kernel takes them, without its tile range. */
  parameters: readonly string[];
  operands: readonly OperandSpec[];
  /** Bytes of worker scratch. */
  scratch?: Size;
  /** Absent: whoever records a call says how many. */
  tiles?: Size;
  flops?: Size;
}

/** The core's functions over `memory`. They own nothing: no globals, no data, no allocation. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
