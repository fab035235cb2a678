// Runs a tape in this process without workers: recorded, laid out, and replayed call by call over all tiles.
import { instantiate } from "#pulmo/core/kernels.js";
import { type Entry, fromTorch, packedLength, size, toTorch } from "#pulmo/core/parameters.js";
import { type Buffer, type Call, encode, type Layout, layOut } from "#pulmo/core/plan.js";
import { bind, replay } from "#pulmo/core/replay.js";
import { createStore, type Mode, Tape, type Tensor } from "#pulmo/core/tape.js";
import { chooseVariant, compileKernels, shapeFunctions } from "#pulmo/node/variant.js";
import { uniform } from "../reference/formula.js";

const module = compileKernels(chooseVariant());

export interface Replay {
  tape: Tape;
  memory: WebAssembly.Memory;
  /** Values in PyTorch's layout, by name. */
  parameters: Record<string, Float64Array>;
  statistics: Record<string, Float64Array>;
  floats(buffer: Buffer): Float32Array;
  run(calls: Call[]): void;
  gradient(name: string): Float32Array;
  statistic(name: string): Float32Array;
}

/** A tape to record on. */
export const newTape = (mode: Mode): Tape => new Tape(createStore(), shapeFunctions(module), mode);

/** A buffer that the test fills or reads, so it shares memory with no other. */
export function keep<T extends Buffer | undefined>(buffer: T): T {
  if (buffer) buffer.life = "persistent";
  return buffer;
}

/** An input of the given shape which gets a gradient. */
export function inputTensor(tape: Tape, shape: number[]): Tensor {
  const x = tape.tensor("x", shape);
  keep(x.data);
  keep(x.grad);
  return x;
}

/**
 * Memory for `calls` full of NaN, but for the store's regions: zero, then parameters and statistics made from hashes.
 * `parameter` i is stream 10 + i.
 */
export function prepare(tape: Tape, calls: Call[], kept: (Buffer | undefined)[]): Replay {
  const { store } = tape;
  const regions = [store.weights, store.gradients, store.moments1, store.moments2, store.running];
  const persistent = [...regions, keep(tape.hyper), ...kept.filter((b) => b !== undefined)];
  const layout: Layout = layOut([calls], persistent, 1);
  const pages = Math.ceil(layout.bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = instantiate(module, memory);
  const floats = (b: Buffer) => new Float32Array(memory.buffer, b.address, Math.floor(b.bytes / 4));
  new Float32Array(memory.buffer).fill(NaN);
  for (const r of regions) floats(r).fill(0);
  // Learning rate 0: layers that update their own weights do not change them.
  floats(tape.hyper).set([0, 0, 1, 1, 0, 1]);

  const packed = (region: Buffer, { offset, packing }: Entry, missing = 0) =>
    floats(region).subarray(offset - missing, offset - missing + packedLength(packing));
  const fill = (entries: Entry[], region: Buffer, value: (e: Entry, u: number) => number, stream: number) =>
    Object.fromEntries(
      entries.map((entry, n) => {
        const values = Float32Array.from({ length: size(entry.shape) }, (_, i) => value(entry, uniform(stream + n, i)));
        fromTorch(packed(region, entry), values, entry.packing);
        return [entry.name, Float64Array.from(values)];
      }),
    );
  const find = (entries: Entry[], name: string) => entries.find((e) => e.name === name)!;
  return {
    tape,
    memory,
    // Batch-norm weights and running variances stay positive; others lie in [-1, 1).
    parameters: fill(store.parameters, store.weights, (e, u) => (/bn.*weight/.test(e.name) ? 1 + u / 2 : u), 10),
    statistics: fill(store.statistics, store.running, (e, u) => (/var/.test(e.name) ? 1 + u / 2 : u), 50),
    floats,
    run: (list) => {
      replay(bind(encode(list, layout), kernels, 0));
    },
    gradient(name) {
      const entry = find(store.parameters, name);
      // A fused layer's gradient is only visible in Adam's first moment, times 1 - beta1 = 1.
      const from = entry.fused ? store.moments1 : store.gradients;
      return toTorch(packed(from, entry, entry.fused ? 0 : store.fused), entry.packing);
    },
    statistic: (name) => toTorch(packed(store.running, find(store.statistics, name)), find(store.statistics, name).packing),
  };
}
