// Recording. A layer appends its forward calls and says how its gradient is computed; nothing runs. Shapes are NHWC.
//
// The tape knows when a gradient is written for the first time and when a second consumer adds to it, so no buffer is
// ever cleared: `gradient(x)` says which it is.
import type { Kernels } from "./kernels.js";
import type { Argument, Buffer, Call, Life } from "./plan.js";
import { packedLength, size, type Entry, type Packing, type ParameterSet } from "./parameters.js";

export interface Tensor {
  shape: number[];
  data: Buffer;
  /** False for the pixels, which need no gradient. */
  differentiable: boolean;
  /** The uint8 pixels that data / 255 would be, where a layer may read them directly (layers/pixels.ts). */
  bytes?: Buffer;
  /** d loss / d data, or d log-odds / d data in a tape that explains; undefined where it is not needed, and when evaluating. */
  grad: Buffer | undefined;
  name: string;
  /** Only when evaluating, of a convolution that nobody has read yet: changes its output in place, at no pass of its own. */
  fuse?: ((epilogue: Epilogue) => void) | undefined;
}

/** z becomes max(scale * z + shift (+ residual), relu ? 0 : -inf); scale and shift hold a float a channel. */
export interface Epilogue {
  scale: Buffer;
  shift: Buffer;
  residual: Tensor | undefined;
  relu: boolean;
}

/** A parameter inside the packed regions. */
export interface ParameterRef {
  data: Argument;
  /** 0 where the parameter is fused. */
  grad: Argument;
  moment1: Argument;
  moment2: Argument;
}

export const ADAM_EPS = 1e-8;

/** The model's persistent buffers: one region each, so that one Adam call updates every tensor that is not fused. */
export interface Store extends ParameterSet {
  /** Floats of the fused parameters, which lead the weights and moments and are missing from the gradients. */
  fused: number;
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
    fused: 0,
    weights: region("weights"),
    gradients: region("gradients"),
    moments1: region("moments1"),
    moments2: region("moments2"),
    running: region("running statistics"),
  };
}

export const buffer = (name: string, bytes: number, life: Life = "step"): Buffer => ({ name, bytes, life, address: 0 });

export class Tape {
  /** What depends on parameters only: done once before many evaluation steps. */
  readonly prepareCalls: Call[] = [];
  readonly forwardCalls: Call[] = [];
  readonly #backward: (() => Call[])[] = [];
  readonly #explain: (() => Call[])[] = [];
  readonly #written = new Set<Buffer>();
  /** Adam's constants of this step, as the kernel adamStep writes them; there before the backward pass begins. */
  readonly hyper = buffer("hyper-parameters", 24);

  constructor(
    readonly store: Store,
    /** The core's pure functions: tile counts, scratch sizes. */
    readonly kernels: Kernels,
    readonly training: boolean,
    /** Evaluates one step by itself, and what follows from it: the gradient of the pixels, say. Not together with training. */
    readonly explaining = false,
  ) {}

  tensor(name: string, shape: number[], differentiable = true): Tensor {
    const bytes = 4 * size(shape);
    const grad = (this.training && differentiable) || this.explaining ? buffer(`d ${name}`, bytes) : undefined;
    return { name, shape, data: buffer(name, bytes), differentiable, grad };
  }

  forward(...calls: Call[]): void {
    this.forwardCalls.push(...calls);
  }

  /** Moves calls whose result nobody has read yet to the end: their epilogue may read what was made after them. */
  postpone(calls: Call[]): void {
    for (const call of calls) this.forwardCalls.splice(this.forwardCalls.indexOf(call), 1);
    this.forwardCalls.push(...calls);
  }

  /** For calls that read nothing but parameters and statistics, and write buffers made by `prepared`. */
  prepare(...calls: Call[]): void {
    (this.#prepares ? this.prepareCalls : this.forwardCalls).push(...calls);
  }

  prepared(name: string, bytes: number): Buffer {
    return buffer(name, bytes, this.#prepares ? "prepared" : "step");
  }

  /** Only evaluation has many steps with the same parameters. */
  get #prepares(): boolean {
    return !this.training && !this.explaining;
  }

  /** `calls` is asked for after everything downstream has been recorded. */
  backward(calls: () => Call[]): void {
    if (this.training) this.#backward.push(calls);
  }

  /** The same for a tape that explains: gradients of inputs, none of parameters. Layers that lack it end the way back. */
  explain(calls: () => Call[]): void {
    if (this.explaining) this.#explain.push(calls);
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

  /** What leads back from `last`'s gradient to that of `first`. */
  explainCalls(first: Tensor, last: Tensor): Call[] {
    this.gradient(last);
    const calls = this.#explain.reverse().flatMap((recorded) => recorded());
    if (!first.grad || !this.#written.has(first.grad)) throw new Error(`no gradient leads back to ${first.name}`);
    return calls;
  }

  /** The parameter of that name: registered by the first recording, found by the later ones. */
  parameter(name: string, shape: number[], packing: Packing, init: Entry["init"], fused = false): ParameterRef {
    const { store } = this;
    const entry = register(store.parameters, store.weights, { name, shape, packing, init, offset: 0, fused });
    if (fused) store.fused = Math.max(store.fused, entry.offset + packedLength(packing));
    else if (entry.offset < store.fused) throw new Error(`${name}: fused parameters come first`);
    store.moments1.bytes = store.moments2.bytes = store.weights.bytes;
    store.gradients.bytes = store.weights.bytes - 4 * store.fused;
    const offset = 4 * entry.offset;
    return {
      data: { buffer: store.weights, offset },
      grad: fused ? 0 : { buffer: store.gradients, offset: offset - 4 * store.fused },
      moment1: { buffer: store.moments1, offset },
      moment2: { buffer: store.moments2, offset },
    };
  }

  /** A running statistic of `length` channels. */
  statistic(name: string, length: number, init: Entry["init"]): Argument {
    const packing: Packing = { kind: "rows", O: length, A: 1, B: 1 };
    const entry = register(this.store.statistics, this.store.running, { name, shape: [length], packing, init, offset: 0, fused: false });
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
