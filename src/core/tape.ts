// Recording. A layer appends its forward calls and says how its gradient is computed; nothing runs. Shapes are NHWC.
//
// The tape knows when a gradient is written for the first time and when a second consumer adds to it, so no buffer is
// ever cleared: `gradient(x)` says which it is.
import { call } from "./call.js";
import { ADAM_HYPER } from "./kernel-table.js";
import type { KernelArguments, KernelName, Kernels } from "./kernels.js";
import { type Entry, type Packing, type ParameterSet, packedLength, size } from "./parameters.js";
import type { Buffer, Call, Life, Operand, Slice } from "./plan.js";

export interface Tensor {
  shape: number[];
  data: Buffer;
  /** False for the pixels, which need no gradient. */
  differentiable: boolean;
  /** The uint8 pixels that data / 255 would be, where a layer may read them directly (layers/pixels.ts). */
  bytes?: Buffer;
  /** Rows and columns of zeros around an image, counted in its shape. */
  border?: number;
  /** d loss / d data, or d log-odds / d data in a tape that explains; undefined where it is not needed, and when evaluating. */
  grad: Buffer | undefined;
  name: string;
}

/**
 * What a step is for:
 *   train     forward with the batch's statistics, backward, gradients of parameters
 *   evaluate  forward with running statistics, many steps with the same parameters
 *   explain   evaluates one step by itself, and what follows from it: the gradient of the pixels, say; none of parameters
 */
export type Mode = "train" | "evaluate" | "explain";

/** An operator of the graph that an export writes, in ONNX's terms; values are named as their tensors. */
export interface GraphNode {
  op: string;
  inputs: string[];
  output: string;
  attributes?: Record<string, number | number[]>;
}

export interface Constant {
  name: string;
  shape: number[];
  values: readonly number[];
}

/** A parameter inside the packed regions. */
export interface ParameterRef {
  data: Slice;
  /** Throws where the parameter is fused: its gradient is never stored. */
  readonly grad: Slice;
  moment1: Slice;
  moment2: Slice;
}

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
  /** What the forward pass computes, for exports. */
  readonly graph: GraphNode[] = [];
  /** Numbers that nodes of the graph refer to by name and no parameter holds. */
  readonly constants: Constant[] = [];
  /** In the order in which layers asked for them. */
  readonly parameters: ParameterRef[] = [];
  readonly #backward: (() => Call[])[] = [];
  readonly #explain: (() => Call[])[] = [];
  readonly #written = new Set<Buffer>();
  /** Adam's constants of this step, as the kernel adamStep writes them; there before the backward pass begins. */
  readonly hyper = buffer("hyper-parameters", 4 * ADAM_HYPER);

  constructor(
    readonly store: Store,
    /** The core's pure functions: tile counts, scratch sizes. */
    readonly pure: Kernels,
    readonly mode: Mode,
  ) {}

  tensor(name: string, shape: number[], differentiable = true): Tensor {
    const bytes = 4 * size(shape);
    const needed = this.mode === "explain" || (this.mode === "train" && differentiable);
    return { name, shape, data: buffer(name, bytes), differentiable, grad: needed ? buffer(`d ${name}`, bytes) : undefined };
  }

  /** A call of a kernel, not yet part of anything. */
  call<K extends KernelName>(kernel: K, given: KernelArguments[K], label: string): Call {
    return call(this.pure, kernel, given, label);
  }

  forward(...calls: Call[]): void {
    this.forwardCalls.push(...calls);
  }

  node(op: string, inputs: string[], output: string, attributes: GraphNode["attributes"] = {}): void {
    this.graph.push({ op, inputs, output, attributes });
  }

  constant(name: string, shape: number[], values: readonly number[]): void {
    this.constants.push({ name, shape, values });
  }

  /** For calls that read nothing but parameters and statistics, and write buffers made by `prepared`. */
  prepare(...calls: Call[]): void {
    (this.mode === "evaluate" ? this.prepareCalls : this.forwardCalls).push(...calls);
  }

  prepared(name: string, bytes: number): Buffer {
    return buffer(name, bytes, this.mode === "evaluate" ? "prepared" : "step");
  }

  /** `calls` is asked for after everything downstream has been recorded. */
  backward(calls: () => Call[]): void {
    if (this.mode === "train") this.#backward.push(calls);
  }

  /** The same for a tape that explains: gradients of inputs, none of parameters. Layers that lack it end the way back. */
  explain(calls: () => Call[]): void {
    if (this.mode === "explain") this.#explain.push(calls);
  }

  /** Where to write x's gradient, and whether to add (1) to what an earlier call of this step left there. */
  gradient(x: Tensor): { grad: Buffer; accumulate: 0 | 1 } {
    if (!x.grad) throw new Error(`${x.name} has no gradient`);
    const accumulate = this.#written.has(x.grad) ? 1 : 0;
    this.#written.add(x.grad);
    return { grad: x.grad, accumulate };
  }

  /** x's gradient for a kernel that cannot add to it. */
  soleGradient(x: Tensor, reader: string): Buffer {
    const { grad, accumulate } = this.gradient(x);
    if (accumulate) throw new Error(`${reader}: its input must have no other consumer`);
    return grad;
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
    const [offset, bytes] = [4 * entry.offset, 4 * packedLength(packing)];
    const found: ParameterRef = {
      data: { buffer: store.weights, offset, bytes },
      get grad() {
        if (fused) throw new Error(`${name} is fused: its gradient is never stored`);
        return { buffer: store.gradients, offset: offset - 4 * store.fused, bytes };
      },
      moment1: { buffer: store.moments1, offset, bytes },
      moment2: { buffer: store.moments2, offset, bytes },
    };
    this.parameters.push(found);
    return found;
  }

  /** A running statistic of `length` channels. */
  statistic(name: string, length: number, init: Entry["init"]): Operand {
    const packing: Packing = { kind: "rows", O: length, A: 1, B: 1 };
    const entry = register(this.store.statistics, this.store.running, {
      name,
      shape: [length],
      packing,
      init,
      offset: 0,
      fused: false,
    });
    return { buffer: this.store.running, offset: 4 * entry.offset, bytes: 4 * packedLength(packing) };
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
