// A model's parameters and running statistics: packed for the kernels in memory, in PyTorch's layout in files. `fromTorch` and `toTorch` are
// the only conversion.
//
// PyTorch's index is [o][b][a], ours is (o, a, b): for a convolution a runs over R*S taps and b over C; for a linear
// layer on an image a runs over H*W pixels and b over C (PyTorch flattens CHW, we HWC); otherwise a has one value.
import { PANEL } from "./kernel-table.js";
import type { Rng } from "./rng.js";

export interface Packing {
  /** panels[ceil(O/16)][A][B][16] (see assembly/lib/micro.ts), or rows[O][A][B]. */
  kind: "panels" | "rows";
  O: number;
  A: number;
  B: number;
}

export interface Entry {
  /** PyTorch's name: "layer1.0.conv1.weight". */
  name: string;
  /** PyTorch's shape. */
  shape: number[];
  packing: Packing;
  /** Offset in its region, in floats. */
  offset: number;
  /** Updated by its own layer's backward pass: its gradient is never stored. Such parameters come first. */
  fused: boolean;
  /** Fills values in PyTorch's layout: all of them, or the next ones if `rng` has already drawn the earlier ones. */
  init(values: Float32Array, rng: Rng): void;
}

export interface ParameterSet {
  parameters: Entry[];
  /** Batch-norm running means and variances: saved and loaded, never trained. */
  statistics: Entry[];
}

/** Number of trainable parameters, counted like PyTorch. */
export const countParameters = (set: ParameterSet): number => set.parameters.reduce((n, p) => n + size(p.shape), 0);

/** Weight and bias of the layer that computes the logits: a model registers them last. */
export const lastLayer = (set: ParameterSet): Entry[] => set.parameters.slice(-2);

export const size = (shape: number[]): number => shape.reduce((n, d) => n * d, 1);

/** Number of 16-column panels for O columns. */
export const panelsOf = (O: number): number => Math.ceil(O / PANEL);

/** Floats of a packed entry, padding included; always a multiple of 16. */
export function packedLength({ kind, O, A, B }: Packing): number {
  return Math.ceil(((kind === "panels" ? panelsOf(O) * PANEL : O) * A * B) / PANEL) * PANEL;
}

/** Outputs `from` to `to`, exclusive: contiguous in PyTorch's layout. */
type Outputs = readonly [from: number, to: number];
const allOf = ({ O }: Packing): Outputs => [0, O];

/**
 * Visits their elements in runs: `count` outputs that are adjacent in the packed layout, at most a panel's width, A * B apart in PyTorch's.
 * `torch` counts from the first of the outputs.
 */
function eachRun(
  { kind, A, B }: Packing,
  [from, to]: Outputs,
  visit: (torch: number, packed: number, count: number) => void,
): void {
  const width = kind === "panels" ? PANEL : 1;
  for (let o = from, next: number; o < to; o = next) {
    next = Math.min(to, o - (o % width) + width);
    const base = (o - (o % width)) * A * B + (o % width);
    for (let b = 0; b < B; b++) {
      for (let a = 0; a < A; a++) visit(((o - from) * B + b) * A + a, base + (a * B + b) * width, next - o);
    }
  }
}

/** packed <- values in PyTorch's layout; padding stays unchanged (zero). */
export function fromTorch(packed: Float32Array, values: ArrayLike<number>, packing: Packing, outputs = allOf(packing)): void {
  const pitch = packing.A * packing.B;
  eachRun(packing, outputs, (torch, at, count) => {
    for (let i = 0; i < count; i++) packed[at + i] = values[torch + i * pitch];
  });
}

export function toTorch(packed: Float32Array, packing: Packing, outputs = allOf(packing)): Float32Array {
  const pitch = packing.A * packing.B;
  const values = new Float32Array((outputs[1] - outputs[0]) * pitch);
  eachRun(packing, outputs, (torch, at, count) => {
    for (let i = 0; i < count; i++) values[torch + i * pitch] = packed[at + i];
  });
  return values;
}

/** Ranges of outputs of about the given bytes each, at least one output per range. */
export function* inParts({ O, A, B }: Packing, bytes: number): Generator<Outputs> {
  const step = Math.max(1, Math.floor(bytes / (4 * A * B)));
  for (let from = 0; from < O; from += step) yield [from, Math.min(O, from + step)];
}

/** PyTorch's default for Linear: kaiming_uniform(a = sqrt 5), that is U(-1/sqrt(fanIn), 1/sqrt(fanIn)); the same for biases. */
export const uniform = (fanIn: number) => (values: Float32Array, rng: Rng) => {
  const bound = 1 / Math.sqrt(fanIn);
  for (let i = 0; i < values.length; i++) values[i] = (2 * rng.uniform() - 1) * bound;
};

/** torchvision's ResNet: kaiming_normal(mode = fan_out, relu), that is N(0, 2/fanOut). */
export const kaimingNormal = (fanOut: number) => (values: Float32Array, rng: Rng) => {
  const std = Math.sqrt(2 / fanOut);
  for (let i = 0; i < values.length; i++) values[i] = std * rng.normal();
};

export const constant = (value: number) => (values: Float32Array) => void values.fill(value);
