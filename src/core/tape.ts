// The tape records layers: each appends its forward calls and defines its backward calls; nothing runs. Shapes are NHWC.
//
// The tape tracks whether a gradient is written for the first time or added to by a further consumer, so no buffer is ever cleared:
// `gradient(x)` returns which.
import { call } from "./call.js";
import { ADAM_HYPER } from "./kernel-table.js";
import type { KernelArguments, KernelName, Kernels } from "./kernels.js";
import type { Input } from "./models/definition.js";
import { type Entry, type Packing, type ParameterSet, packedLength, size } from "./parameters.js";
import type { Buffer, Call, Life, Operand, Slice } from "./plan.js";

export interface Tensor {
  shape: number[];
  data: Buffer;
  /** False for the pixels, which need no gradient. */
  differentiable: boolean;
  /** The uint8 pixels of which data would be bytes / 255, if a layer can read them directly (layers/pixels.ts). */
  bytes?: Buffer;
  /** Rows and columns of zeros around an image, included in its shape. */
  border?: number;
  /** Of pixels in a border: the images. The convolution that reads them records the calls that fill `data` (layers/pixels.ts). */
  pixels?: Input;
  /** d loss / d data, or d log-odds / d data in an explain tape; undefined if not needed, and in evaluation. */
  grad: Buffer | undefined;
  name: string;
}

/**
 * Purpose of a step:
 *   train     forward with the batch's statistics, backward, gradients of parameters
 *   evaluate  forward with running statistics, many steps with the same parameters
 *   explain   one evaluation step and gradients with respect to inputs, not parameters
 */
export type Mode = "train" | "evaluate" | "explain";

/**
 * Fewest images of an evaluation step (program.ts). Which kernels a layer uses, and so how it rounds, is the same from this number on: an
 * image has the same bits in any batch.
 */
export const LEAST_EVALUATION_BATCH = 4;

/** An operator of the exported graph, in ONNX's terms; values have their tensors' names. */
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
  /** Throws if the parameter is fused: its gradient is never stored. */
  readonly grad: Slice;
  moment1: Slice;
  moment2: Slice;
}

/** The model's persistent buffers: one region each, so that one Adam call updates all tensors that are not fused. */
export interface Store extends ParameterSet {
  /** Floats of the fused parameters, which come first in weights and moments and have no gradients. */
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
  /** Calls that depend on parameters only: run once before many evaluation steps. */
  readonly prepareCalls: Call[] = [];
  readonly forwardCalls: Call[] = [];
  /** The graph of the forward pass, for exports. */
  readonly graph: GraphNode[] = [];
  /** Constants of the graph that are not parameters, by name. */
  readonly constants: Constant[] = [];
  /** In the order of registration. */
  readonly parameters: ParameterRef[] = [];
  readonly #backward: (() => Call[])[] = [];
  readonly #explain: (() => Call[])[] = [];
  readonly #written = new Set<Buffer>();
  /** Adam's constants of this step, written by the kernel adamStep before the backward pass. */
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

  /** Creates a call of a kernel without appending it. */
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

  /** For calls that read only parameters and statistics, and write buffers made by `prepared`. */
  prepare(...calls: Call[]): void {
    (this.mode === "evaluate" ? this.prepareCalls : this.forwardCalls).push(...calls);
  }

  prepared(name: string, bytes: number): Buffer {
    return buffer(name, bytes, this.mode === "evaluate" ? "prepared" : "step");
  }

  /** `calls` runs after everything downstream has been recorded. */
  backward(calls: () => Call[]): void {
    if (this.mode === "train") this.#backward.push(calls);
  }

  /** The same for an explain tape: gradients of inputs only. Backpropagation stops at layers without it. */
  explain(calls: () => Call[]): void {
    if (this.mode === "explain") this.#explain.push(calls);
  }

  /** Where to write x's gradient, and whether to add (1) to the result of an earlier call of this step. */
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

  /** The calls from `last`'s gradient back to that of `first`. */
  explainCalls(first: Tensor, last: Tensor): Call[] {
    this.gradient(last);
    const calls = this.#explain.reverse().flatMap((recorded) => recorded());
    if (!first.grad || !this.#written.has(first.grad)) throw new Error(`no gradient leads back to ${first.name}`);
    return calls;
  }

  /** The parameter of that name: the first recording registers it, later ones find it. */
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
