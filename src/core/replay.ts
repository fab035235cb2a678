// Replaying a plan: a call's numbers become arguments of a kernel. Workers bind plans alike; `replay` is the whole of it on
// one thread, where nobody has to be waited for.
import type { Kernels } from "./kernels.js";
import type { EncodedCall } from "./plan.js";

export interface BoundCall {
  kernel: (...args: number[]) => void;
  /** In the kernel's order; the last two are the range of tiles, to be filled in. */
  args: number[];
  tiles: number;
}

/** A plan with the slots of this step's parity filled in, and scratch memory `scratch` bytes behind the first worker's. */
export function bind(plan: EncodedCall[], kernels: Kernels, slot: number, scratch = 0): BoundCall[] {
  return plan.map((call) => {
    const args = [...call.args, 0, 0];
    for (const position of call.scratch) args[position] += scratch;
    for (const [position, stride] of call.slots) args[position] += slot * stride;
    return { kernel: kernels[call.kernel] as BoundCall["kernel"], args, tiles: call.tiles };
  });
}

/** One step. */
export function replay(calls: BoundCall[]): void {
  for (const { kernel, args, tiles } of calls) {
    args[args.length - 2] = 0;
    args[args.length - 1] = tiles;
    kernel(...args);
  }
}
