// Weights of a model file as int8: weight-only, symmetric, with one scale per output channel. A weight w is stored as
// q = round(w / s) with s = max |w| / 127 over its channel, and is q s after loading. docs/model-file.md describes the bytes.
import { PANEL } from "./kernel-table.js";
import { type Entry, panelsOf, size } from "./parameters.js";
import { allFinite, FormatError } from "./tensors.js";
import type { Placed } from "./values.js";

/** Entries with fewer values stay f32: biases, batch-norm's parameters, and the last layer of a deep network. */
const FEWEST_VALUES = 4096;
const MOST = 127;
const HEADER_BYTES = 16;

/** int8 [groups][length][lanes]: group g and lane l are one output channel. Panels have 16 lanes, rows have one. */
interface Block {
  /** In floats from the start of the weights. */
  offset: number;
  groups: number;
  length: number;
  lanes: number;
}

function blockOf({ offset, packing: { kind, O, A, B } }: Entry): Block {
  const length = A * B;
  return kind === "panels" ? { offset, groups: panelsOf(O), length, lanes: PANEL } : { offset, groups: O, length, lanes: 1 };
}

const blocksOf = (parameters: Entry[]): Block[] =>
  parameters
    .filter(({ shape }) => shape.length > 1 && size(shape) >= FEWEST_VALUES)
    .map(blockOf)
    .sort((a, b) => a.offset - b.offset);

/** Calls `visit` for each group and lane with its first index and the distance to the next one. */
function eachChannel({ groups, length, lanes }: Block, visit: (channel: number, first: number) => void): void {
  for (let g = 0; g < groups; g++) for (let l = 0; l < lanes; l++) visit(g * lanes + l, g * length * lanes + l);
}

/** The scales f32 [groups][lanes] and q, int8 [groups][length][lanes], padded to a multiple of four. */
function quantize(values: Float32Array, block: Block): { scales: Float32Array; q: Int8Array } {
  const { groups, length, lanes } = block;
  const scales = new Float32Array(groups * lanes);
  const q = new Int8Array(padding(values.length));
  eachChannel(block, (channel, first) => {
    let largest = 0;
    for (let k = 0; k < length; k++) largest = Math.max(largest, Math.abs(values[first + k * lanes]));
    scales[channel] = largest / MOST;
    const scale = scales[channel];
    if (!(scale > 0)) return;
    for (let k = 0; k < length; k++) q[first + k * lanes] = Math.round(values[first + k * lanes] / scale);
  });
  return { scales, q };
}

const valuesOf = ({ memory, store }: Placed, { offset, groups, length, lanes }: Block): Float32Array =>
  new Float32Array(memory.buffer, store.weights.address + 4 * offset, groups * length * lanes);

function dequantize(
  values: Float32Array,
  { scales, q }: { scales: Float32Array; q: Int8Array },
  { groups, length, lanes }: Block,
): void {
  for (let g = 0, i = 0; g < groups; g++) {
    const own = scales.subarray(g * lanes, (g + 1) * lanes);
    for (let k = 0; k < length; k++) for (let l = 0; l < lanes; l++, i++) values[i] = q[i] * own[l];
  }
}

/** Replaces the weights by what a file of int8 gives. */
export function roundToInt8(placed: Placed): void {
  for (const block of blocksOf(placed.store.parameters)) {
    const values = valuesOf(placed, block);
    dequantize(values, quantize(values, block), block);
  }
}

/**
 * `bytes` bytes of weights and running statistics as pieces: u32 floats, groups, length, lanes; that many floats as they are; then
 * the scales and q of a block, padded to a multiple of four bytes.
 */
export function encodeInt8(placed: Placed, bytes: number): Uint8Array[] {
  const { address } = placed.store.weights;
  const parts: Uint8Array[] = [];
  let at = 0;
  const piece = (until: number, { groups, length, lanes }: Omit<Block, "offset">) => {
    parts.push(new Uint8Array(Uint32Array.of(until - at, groups, length, lanes).buffer));
    parts.push(new Uint8Array(placed.memory.buffer, address + 4 * at, 4 * (until - at)));
    at = until + groups * length * lanes;
  };
  for (const block of blocksOf(placed.store.parameters)) {
    piece(block.offset, block);
    const { scales, q } = quantize(valuesOf(placed, block), block);
    parts.push(new Uint8Array(scales.buffer), new Uint8Array(q.buffer));
  }
  piece(bytes / 4, { groups: 0, length: 0, lanes: 0 });
  return parts;
}

const padding = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** The inverse of encodeInt8, to all of `out`. Returns whether all values are finite. Throws a FormatError. */
export function decodeInt8(stored: Uint8Array, out: Uint8Array): boolean {
  // Copied for alignment.
  const { buffer } = new Uint8Array(stored);
  const values = new Float32Array(out.buffer, out.byteOffset, out.length / 4);
  let from = 0;
  let to = 0;
  let finite = true;
  while (to < values.length || from < buffer.byteLength) {
    if (from + HEADER_BYTES > buffer.byteLength) throw unusable();
    const [floats, groups, length, lanes] = new Uint32Array(buffer, from, 4);
    from += HEADER_BYTES;
    const count = groups * length * lanes;
    const after = from + 4 * floats + 4 * groups * lanes + padding(count);
    if (floats + count === 0 || to + floats + count > values.length || after > buffer.byteLength) throw unusable();
    const exact = new Float32Array(buffer, from, floats);
    values.set(exact, to);
    const scales = new Float32Array(buffer, from + 4 * floats, groups * lanes);
    const q = new Int8Array(buffer, from + 4 * (floats + groups * lanes), count);
    const block = { offset: to + floats, groups, length, lanes };
    dequantize(values.subarray(block.offset, block.offset + count), { scales, q }, block);
    // The largest product of a scale is finite, so all are.
    finite &&= allFinite(exact) && allFinite(scales.map((scale) => -128 * scale));
    to += floats + count;
    from = after;
  }
  return finite;
}

const unusable = () => new FormatError("its int8 weights do not fit each other");
