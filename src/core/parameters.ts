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

/** Positions (a, b) whose packed values, 16 KiB of a panel, stay in the first-level cache while each output's are copied. */
const BLOCK = 256;

/** Copies some outputs from or to the packed layout. `values` begins with the first of them. */
function copy(
  packed: Float32Array,
  values: Float32Array | ArrayLike<number>,
  { kind, ...packing }: Packing,
  [from, to]: Outputs,
  into: "packed" | "values",
): void {
  const width = kind === "panels" ? PANEL : 1;
  // With one position a, the values of b are adjacent in both layouts.
  const [A, B] = packing.A === 1 ? [packing.B, 1] : [packing.A, packing.B];
  const step = B * width;
  const rows = Math.max(1, Math.floor(BLOCK / A));
  for (let first = from, next: number; first < to; first = next) {
    next = Math.min(to, first - (first % width) + width);
    for (let b0 = 0; b0 < B; b0 += rows) {
      const b1 = Math.min(B, b0 + rows);
      for (let a0 = 0; a0 < A; a0 += BLOCK) {
        const count = Math.min(BLOCK, A - a0);
        for (let o = first; o < next; o++) {
          const panel = (o - (o % width)) * A * B + (o % width);
          for (let b = b0; b < b1; b++) {
            let value = ((o - from) * B + b) * A + a0;
            let at = panel + (a0 * B + b) * width;
            const end = value + count;
            if (into === "packed") for (; value < end; value++, at += step) packed[at] = values[value];
            else for (; value < end; value++, at += step) (values as Float32Array)[value] = packed[at];
          }
        }
      }
    }
  }
}

/** packed <- values in PyTorch's layout; padding stays unchanged (zero). */
export const fromTorch = (packed: Float32Array, values: ArrayLike<number>, packing: Packing, outputs = allOf(packing)): void =>
  copy(packed, values, packing, outputs, "packed");

export function toTorch(packed: Float32Array, packing: Packing, outputs = allOf(packing)): Float32Array {
  const values = new Float32Array((outputs[1] - outputs[0]) * packing.A * packing.B);
  copy(packed, values, packing, outputs, "values");
  return values;
}

/** Ranges of outputs of about the given bytes each, at least one output, or one panel, per range. */
export function* inParts({ kind, O, A, B }: Packing, bytes: number): Generator<Outputs> {
  const width = kind === "panels" ? PANEL : 1;
  const step = width * Math.max(1, Math.floor(bytes / (4 * A * B * width)));
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
