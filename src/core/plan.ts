// A plan is a model recorded once: a flat list of kernel calls over buffers. One layout assigns the addresses later. Replaying a plan
// allocates nothing and decides nothing.
//
//   record  ->  Call[] over Buffers  ->  layOut: addresses  ->  encode: numbers only  ->  each worker

import type { KernelName } from "./kernels.js";

/**
 * How long a buffer's contents matter:
 *   persistent  for the whole program: parameters, optimizer state, running statistics
 *   step        from the first call that names it to the last, within one step: activations, gradients; they share memory
 *   prepared    from the plan that computes it (once) to the last step of the plans that read it, unless another plan runs in
 *               between, whose step buffers can overwrite it: transformed weights for evaluation
 *   slot        two copies, one per step parity: the main thread fills or reads one while the other step runs
 */
export type Life = "persistent" | "step" | "prepared" | "slot";

export interface Buffer {
  name: string;
  bytes: number;
  life: Life;
  /** Byte address, known after `layOut`. A slot's second copy is `slotStride(bytes)` further. */
  address: number;
}

/** A part of a buffer. */
export interface Slice {
  buffer: Buffer;
  /** In bytes. */
  offset: number;
  bytes: number;
}

/** An argument that becomes an address. */
export type Operand = Buffer | Slice;

/** Stands for the address of the claiming worker's scratch memory of at least `bytes` bytes. */
export interface Scratch {
  scratch: number;
}

export type Argument = number | Operand | Scratch;

/** One call of a kernel, as call.ts records it. */
export interface Call {
  kernel: KernelName;
  /** All arguments except the tile range, in the kernel's order. */
  args: Argument[];
  tiles: number;
  /** Purpose of the call, printed by `bench step --profile`: "layer1.0.conv1 forward". */
  label: string;
  /** Multiply-adds counted as two, and bytes that must move at least once: for profiles. */
  flops: number;
  bytes: number;
}

/** A call whose arguments are numbers; `slots` and `scratch` are the positions to add the copy's offset to. */
export interface EncodedCall {
  kernel: KernelName;
  args: number[];
  slots: [position: number, stride: number][];
  scratch: number[];
  tiles: number;
  label: string;
  flops: number;
  bytes: number;
}

export interface Layout {
  /** Bytes of memory of the program. */
  bytes: number;
  scratchAddress: number;
  /** Distance in bytes between the workers' scratch memories. */
  scratchStride: number;
}

const ALIGNMENT = 64;
/** The first page belongs to the control block (see control.ts). */
const FIRST_ADDRESS = 65536;

export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
export const slotStride = align;

const isOperand = (a: Argument): a is Operand => typeof a === "object" && !("scratch" in a);

/** A whole buffer as a slice; a slice unchanged. */
export const sliceOf = (operand: Operand): Slice =>
  "buffer" in operand ? operand : { buffer: operand, offset: 0, bytes: operand.bytes };

/** The buffers that a call names. */
export const buffersOf = ({ args }: Call): Buffer[] => args.filter(isOperand).map((a) => sliceOf(a).buffer);

/** Assigns addresses to all buffers. Plans never run at the same time, so their step buffers share one region. */
export function layOut(plans: Call[][], persistent: Buffer[], threads: number): Layout {
  let next = FIRST_ADDRESS;
  const place = (buffer: Buffer, copies: number) => {
    buffer.address = next;
    next += align(buffer.bytes) * copies;
  };
  for (const buffer of persistent) place(buffer, 1);
  for (const buffer of new Set(plans.flatMap((calls) => calls.flatMap(buffersOf)))) {
    if (buffer.life === "slot") place(buffer, 2);
    if (buffer.life === "persistent" && !persistent.includes(buffer)) throw new Error(`${buffer.name}: not registered`);
  }
  // Not Math.max(...): a large batch records more calls than the maximum number of arguments.
  const scratchStride = align(
    plans.flat().reduce((most, c) => c.args.reduce((m: number, a) => Math.max(m, scratchBytes(a)), most), 0),
  );
  const scratchAddress = next;
  next += scratchStride * threads;
  const base = next;
  const prepared = new Map(plans.map((calls) => [calls, preparedBuffers(calls)]));
  for (const buffer of new Set([...prepared.values()].flat())) place(buffer, 1);
  const tops = plans.map((calls) => {
    const begin = prepared.get(calls)!.length > 0 ? next : base;
    return begin + layOutStep(calls, begin);
  });
  return { bytes: Math.max(next, ...tops), scratchAddress, scratchStride };
}

const preparedBuffers = (calls: Call[]): Buffer[] => [...new Set(calls.flatMap(buffersOf))].filter((b) => b.life === "prepared");

const scratchBytes = (a: Argument): number => (typeof a === "object" && "scratch" in a ? a.scratch : 0);

/** Places step buffers from `base` on: largest first, each at the lowest address without a buffer of overlapping lifetime. */
function layOutStep(calls: Call[], base: number): number {
  const lives = new Map<Buffer, { first: number; last: number }>();
  calls.forEach((call, i) => {
    for (const buffer of buffersOf(call)) {
      if (buffer.life !== "step") continue;
      const life = lives.get(buffer);
      if (life) life.last = i;
      else lives.set(buffer, { first: i, last: i });
    }
  });
  const placed: { begin: number; end: number; first: number; last: number }[] = [];
  let top = 0;
  for (const [buffer, life] of [...lives].sort((a, b) => b[0].bytes - a[0].bytes)) {
    const neighbours = placed.filter((p) => p.first <= life.last && life.first <= p.last);
    let begin = 0;
    for (const p of neighbours.sort((a, b) => a.begin - b.begin)) {
      if (begin + align(buffer.bytes) <= p.begin) break;
      begin = Math.max(begin, p.end);
    }
    buffer.address = base + begin;
    placed.push({ begin, end: begin + align(buffer.bytes), ...life });
    top = Math.max(top, begin + align(buffer.bytes));
  }
  return top;
}

/** Converts calls to numbers for the workers. */
export function encode(calls: Call[], layout: Layout): EncodedCall[] {
  return calls.map((call) => {
    const slots: [number, number][] = [];
    const scratch: number[] = [];
    const args = call.args.map((a, i) => {
      if (typeof a === "number") return a;
      if ("scratch" in a) {
        scratch.push(i);
        return layout.scratchAddress;
      }
      const { buffer, offset } = sliceOf(a);
      if (buffer.life === "slot") slots.push([i, slotStride(buffer.bytes)]);
      return buffer.address + offset;
    });
    const { kernel, tiles, label, flops, bytes } = call;
    return { kernel, args, slots, scratch, tiles, label, flops, bytes };
  });
}
