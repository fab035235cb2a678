// Recording. A layer appends its forward calls and says how its gradient is computed; nothing runs. Shapes are NHWC.
//
// The tape knows when a gradient is written for the first time and when a second consumer adds to it, so no buffer is
// ever cleared: `gradient(x)` says which it is.
import type { Kernels } from "../wasm/kernels.js";
import type { Argument, Buffer, Call, Life } from "../wasm/plan.js";
import { packedLength, size, type Entry, type Packing, type ParameterSet } from "./parameters.js";

export interface Tensor {
  shape: number[];
  data: Buffer;
  /** d loss / d data, or undefined where nobody needs it (the pixels). */
  grad: Buffer | undefined;
  name: string;
}

/** A parameter inside the packed regions: the same offset in weights, gradients and Adam's moments. */
export interface ParameterRef {
  data: Argument;
  grad: Argument;
}

/** The model's persistent buffers: one region each, so that one Adam call updates every tensor. */
export interface Store extends ParameterSet {
  weights: Buffer;
  gradients: Buffer;
  moments1: Buffer;
  moments2: Buffer;
  running: Buffer;
}

export function createStore(): Store {
  const region = (name: string): Buffer => ({ name, bytes: 0, life: "persistent", address: 0 });
  return {
    parameters: [],
    statistics: [],
    weights: region("weights"),
    gradients: region("gradients"),
    moments1: region("moments1"),
    moments2: region("moments2"),
    running: region("running statistics"),
  };
}

export const buffer = (name: string, bytes: number, life: Life = "step"): Buffer => ({ name, bytes, life, address: 0 });

export class Tape {
  readonly forwardCalls: Call[] = [];
  readonly #backward: (() => Call[])[] = [];
  readonly #written = new Set<Buffer>();

  constructor(
    readonly store: Store,
    /** The core's pure functions: tile counts, scratch sizes. */
    readonly kernels: Kernels,
    readonly training: boolean,
  ) {}

  tensor(name: string, shape: number[], needsGradient = true): Tensor {
    const bytes = 4 * size(shape);
    const grad = this.training && needsGradient ? buffer(`d ${name}`, bytes) : undefined;
    return { name, shape, data: buffer(name, bytes), grad };
  }

  forward(...calls: Call[]): void {
    this.forwardCalls.push(...calls);
  }

  /** `calls` is asked for after everything downstream has been recorded. */
  backward(calls: () => Call[]): void {
    if (this.training) this.#backward.push(calls);
  }

  /** Where to write x's gradient, and whether to add (1) to what an earlier call of this step left there. */
  gradient(x: Tensor): { grad: Buffer; accumulate: 0 | 1 } {
    if (!x.grad) throw new Error(`${x.name} has no gradient`);
    const accumulate = this.#written.has(x.grad) ? 1 : 0;
    this.#written.add(x.grad);
    return { grad: x.grad, accumulate };
  }

  backwardCalls(): Call[] {
    return this.#backward.reverse().flatMap((calls) => calls());
  }

  /** The parameter of that name: registered by the first recording, found by the later ones. */
  parameter(name: string, shape: number[], packing: Packing, init: Entry["init"]): ParameterRef {
    const { store } = this;
    const offset = 4 * register(store.parameters, store.weights, { name, shape, packing, init, offset: 0 }).offset;
    for (const region of [store.gradients, store.moments1, store.moments2]) region.bytes = store.weights.bytes;
    return { data: { buffer: store.weights, offset }, grad: { buffer: store.gradients, offset } };
  }

  /** A running statistic of `length` channels. */
  statistic(name: string, length: number, init: Entry["init"]): Argument {
    const packing: Packing = { kind: "rows", O: length, A: 1, B: 1 };
    const entry = register(this.store.statistics, this.store.running, { name, shape: [length], packing, init, offset: 0 });
    return { buffer: this.store.running, offset: 4 * entry.offset };
  }
}

function register(entries: Entry[], region: Buffer, entry: Entry): Entry {
  const known = entries.find((e) => e.name === entry.name);
  if (known) return known;
  entry.offset = region.bytes / 4;
  region.bytes += 4 * packedLength(entry.packing);
  entries.push(entry);
  return entry;
}
