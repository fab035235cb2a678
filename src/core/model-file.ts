// A model as one file for the standalone inference core: docs/model-file.md describes it byte by byte.
import { INFERENCE_KERNELS } from "./kernel-table.js";
import { KERNELS } from "./kernels.js";
import { align, type EncodedCall, encode, type Layout } from "./plan.js";
import type { PlacedProgram } from "./values.js";

const MAGIC = "PULMOMDL";
const VERSION = 1;
const HEADER_BYTES = 128;
/** Stands for an absent operand. */
const ABSENT = 0xffffffff;
const PLANS = ["prepare", "evaluate", "explain"] as const;
const NUMBERS = Object.keys(INFERENCE_KERNELS);

export interface ModelFileFacts {
  /** The positive class is said above this probability. */
  threshold: number;
  /** Told as JSON. */
  metadata: Record<string, unknown>;
}

/**
 * The parts of the file, in order, without the weights' own bytes copied. `program` is recorded for one image a step, laid out for
 * one thread, with its weights in place; `crc32` is zlib's: of bytes, going on from a value.
 */
export function encodeModel(
  program: PlacedProgram,
  layout: Layout,
  { threshold, metadata }: ModelFileFacts,
  crc32: (bytes: Uint8Array, value?: number) => number,
): Uint8Array[] {
  const { store, io, plans, options, memory } = program;
  const { weights, running } = store;
  const end = running.address + align(running.bytes);
  const regions = { weights: weights.address, workspace: end };
  const encoded = PLANS.map((name) => words(encode(plans[name], layout).flatMap((call) => callWords(call, regions))));
  const text = new TextEncoder().encode(JSON.stringify(metadata));
  const description = new Uint8Array(align(text.length));
  description.set(text);
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  const put = (at: number, value: number) => view.setUint32(at, value, true);
  let at = HEADER_BYTES;
  encoded.forEach((plan, i) => {
    [at, plan.length, plans[PLANS[i]].length].forEach((value, k) => put(72 + 12 * i + 4 * k, value));
    at += plan.length;
  });
  const padding = new Uint8Array(align(at) - at);
  const weightsAt = align(at) + description.length;
  const total = weightsAt + (end - weights.address);
  header.set(new TextEncoder().encode(MAGIC));
  const side = io.maps ? Math.sqrt(io.maps.bytes / 4) : 0;
  [VERSION, total].forEach((value, i) => put(8 + 4 * i, value));
  [options.imageSize, side].forEach((value, i) => put(20 + 4 * i, value));
  view.setFloat64(32, threshold, true);
  const places = [io.bytes, io.logits, io.maps].map((buffer) => (buffer ? buffer.address - end : 0));
  [layout.bytes - end, weightsAt, total - weightsAt, align(at), text.length, ...places].forEach((value, i) =>
    put(40 + 4 * i, value),
  );
  const bytes = new Uint8Array(memory.buffer, weights.address, total - weightsAt);
  // To zlib the checksum of nothing is 0, whatever came before.
  const parts = [header, ...encoded, padding, description, bytes].filter(({ length }) => length > 0);
  const checksum = parts.reduce((crc, part) => crc32(part === header ? header.subarray(20) : part, crc), 0);
  put(16, checksum);
  return parts;
}

interface Regions {
  weights: number;
  workspace: number;
}

/** Kernel, tiles, a bit for each argument that is in the weights, then the arguments: offsets in place of addresses. */
function callWords({ kernel, args, scratch, tiles, label }: EncodedCall, regions: Regions): number[] {
  const number = NUMBERS.indexOf(kernel);
  if (number < 0) throw new Error(`${label}: ${kernel} is no kernel of the inference core`);
  const { parameters, operands } = KERNELS[kernel];
  let inWeights = 0;
  const values = args.map((value, i) => {
    const name = parameters[i];
    if (INFERENCE_KERNELS[kernel]!.includes(name)) return floatBits(value);
    const operand = operands.find((o) => o.name === name);
    if (!operand && !scratch.includes(i)) return value;
    if (operand && value === 0) return ABSENT;
    if (value >= regions.workspace) return value - regions.workspace;
    inWeights |= 1 << i;
    return value - regions.weights;
  });
  return [number, tiles, inWeights, ...values];
}

function words(values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(4 * i, value >>> 0, true));
  return bytes;
}

function floatBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
}
