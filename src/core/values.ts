// Access to a program's memory: parameters in PyTorch's layout, and the slots of its steps.
import { adamState } from "./adam.js";
import { TRANSFORM } from "./kernel-table.js";
import { type Entry, fromTorch, inParts, packedLength, toTorch } from "./parameters.js";
import { type Buffer, slotStride } from "./plan.js";
import type { Program } from "./program.js";
import { createRng, STREAMS } from "./rng.js";
import type { Store } from "./tape.js";

/** A store with addresses, and its memory. */
export interface Placed {
  store: Store;
  memory: WebAssembly.Memory;
}

/** A program with its memory. */
export type PlacedProgram = Program & Placed;

/** The packed floats of an entry, in one of the store's regions. */
function packedView({ memory, store }: Placed, entry: Entry, region: Buffer): Float32Array {
  const start = region === store.gradients ? entry.offset - store.fused : entry.offset;
  if (start < 0) throw new Error(`${entry.name} is fused: its gradient is never stored`);
  return new Float32Array(memory.buffer, region.address + 4 * start, packedLength(entry.packing));
}

const regionOf = ({ store }: Placed, entry: Entry): Buffer => (store.statistics.includes(entry) ? store.running : store.weights);

/** Weights or running statistics, in PyTorch's layout. */
export function readEntry(placed: Placed, entry: Entry, region = regionOf(placed, entry)): Float32Array {
  return toTorch(packedView(placed, entry, region), entry.packing);
}

export function writeEntry(placed: Placed, entry: Entry, values: ArrayLike<number>, region = regionOf(placed, entry)): void {
  fromTorch(packedView(placed, entry, region), values, entry.packing);
}

/** Largest part of an entry that is copied at once: the DNN's first layer has 294 MiB. */
const PART_BYTES = 4 * 2 ** 20;

/** A range of an entry's values, by indices in PyTorch's layout; `to` is exclusive. */
export interface EntryPart {
  from: number;
  to: number;
  read(): Float32Array;
  write(values: ArrayLike<number>): void;
}

/** The parts of an entry, in order, each of a few MiB at most. */
export function* partsOf(placed: Placed, entry: Entry, region = regionOf(placed, entry)): Generator<EntryPart> {
  const { packing } = entry;
  const packed = packedView(placed, entry, region);
  const each = packing.A * packing.B;
  for (const outputs of inParts(packing, PART_BYTES)) {
    yield {
      from: outputs[0] * each,
      to: outputs[1] * each,
      read: () => toTorch(packed, packing, outputs),
      write: (values) => fromTorch(packed, values, packing, outputs),
    };
  }
}

/** A slot buffer of the given step parity, as bytes. Throws for a buffer that no plan uses: it has no memory. */
export function slotBytes({ memory }: Pick<Placed, "memory">, { name, address, bytes }: Buffer, slot: number): Uint8Array {
  if (address === 0) throw new Error(`No plan uses the buffer ${name}.`);
  return new Uint8Array(memory.buffer, address + slot * slotStride(bytes), bytes);
}

/** The same as floats. */
export function slotFloats(placed: Pick<Placed, "memory">, buffer: Buffer, slot: number): Float32Array {
  const { byteOffset } = slotBytes(placed, buffer, slot);
  return new Float32Array(placed.memory.buffer, byteOffset, buffer.bytes / 4);
}

export function slotDoubles(placed: Pick<Placed, "memory">, buffer: Buffer, slot: number): Float64Array {
  const { byteOffset } = slotBytes(placed, buffer, slot);
  return new Float64Array(placed.memory.buffer, byteOffset, buffer.bytes / 8);
}

/** Adam's state: see adam.ts. */
export const optimizerState = ({ memory, io }: PlacedProgram): Float64Array =>
  new Float64Array(memory.buffer, io.optimizer.address, io.optimizer.bytes / 8);

/** The identity transform: see assembly/augment.ts. */
const IDENTITY = [1, 0, 0, 0, 1, 0, 1, 1];

function fillIdentity(transforms: Float32Array): void {
  for (let i = 0; i < transforms.length; i += TRANSFORM) transforms.set(IDENTITY, i);
}

/**
 * Sets PyTorch's initial values, each tensor from its own random stream, in PyTorch's order. Adam's moments are zero, like new memory; so are
 * weights without a seed, for a caller that loads them.
 */
export function initialize(placed: PlacedProgram, seed: number | undefined, lr: number): void {
  const { store } = placed;
  const drawn = seed === undefined ? [] : [...store.parameters, ...store.statistics];
  drawn.forEach((entry, i) => {
    const rng = createRng(seed!, STREAMS.weights + i);
    for (const part of partsOf(placed, entry)) {
      const values = new Float32Array(part.to - part.from);
      entry.init(values, rng);
      part.write(values);
    }
  });
  optimizerState(placed).set(adamState(lr));
  const { io, options } = placed;
  // Without training, these slots have no address.
  if (options.batchSize === 0) return;
  for (const slot of [0, 1]) {
    slotDoubles(placed, io.schedule, slot)[0] = 1;
    if (options.augment) fillIdentity(slotFloats(placed, io.transforms, slot));
  }
}
