// Replays a plan: a call's numbers become a kernel's arguments. Workers bind plans in the same way; `replay` is the complete loop for one
// thread, without barriers.
import type { Kernels } from "./kernels.js";
import type { EncodedCall } from "./plan.js";

export interface BoundCall {
  kernel: (...args: number[]) => void;
  /** In the kernel's order; the last two are the range of tiles, filled in later. */
  args: number[];
  tiles: number;
}

/** Binds a plan to the slots of this step's parity and to the scratch memory `scratch` bytes after the first worker's. */
export function bind(plan: EncodedCall[], kernels: Kernels, slot: number, scratch = 0): BoundCall[] {
  return plan.map((call) => {
    const args = [...call.args, 0, 0];
    for (const position of call.scratch) args[position] += scratch;
    for (const [position, stride] of call.slots) args[position] += slot * stride;
    return { kernel: kernels[call.kernel] as BoundCall["kernel"], args, tiles: call.tiles };
  });
}

/** Runs one step. */
export function replay(calls: BoundCall[]): void {
  for (const { kernel, args, tiles } of calls) {
    args[args.length - 2] = 0;
    args[args.length - 1] = tiles;
    kernel(...args);
  }
}
