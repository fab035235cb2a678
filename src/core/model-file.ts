// Writes a model as one file for the standalone inference core: docs/model-file.md describes the format.
import { encodeInt8 } from "./int8-weights.js";
import { INFERENCE_KERNELS } from "./kernel-table.js";
import { KERNELS, type Kernels } from "./kernels.js";
import type { ModelDefinition, Normalization } from "./models/definition.js";
import { align, type EncodedCall, encode, type Layout } from "./plan.js";
import { allocate, layOutProgram, type Program, recordProgram } from "./program.js";
import { checkWeights, HEADER_BYTES, MAGIC, type ModelFile, normalizationOf, placeWeights, VERSION } from "./read-model-file.js";
import type { PlacedProgram } from "./values.js";

/** Marks an absent operand. */
const ABSENT = 0xffffffff;
const PLANS = ["prepare", "evaluate", "explain"] as const;
const NUMBERS = Object.keys(INFERENCE_KERNELS);

export interface ModelFileFacts {
  /** The label is the positive class above this probability. */
  threshold: number;
  /** Written as JSON. */
  metadata: Record<string, unknown>;
  /** int8 applies to the weights of convolutions and linear layers; the rest stays f32. */
  dtype?: ModelFileDtype;
  /** encodeUnusual's bytes, if there are statistics of the training images. */
  unusual?: Uint8Array | undefined;
}

export const MODEL_FILE_DTYPES = ["f32", "i8"] as const;
export type ModelFileDtype = (typeof MODEL_FILE_DTYPES)[number];

/** A program for the standalone core: one image per step, one thread. The caller sets its weights. */
export function inferenceProgram(
  model: ModelDefinition,
  pure: Kernels,
  imageSize: number,
  normalization: Normalization | undefined,
): InferenceProgram {
  return placed(recordInference(model, pure, imageSize, normalization));
}

export interface InferenceProgram {
  program: PlacedProgram;
  layout: Layout;
}

function recordInference(
  model: ModelDefinition,
  pure: Kernels,
  imageSize: number,
  normalization: Normalization | undefined,
): Program {
  const sizes = { batchSize: 0, evaluationBatch: 1, explanationBatch: 1, imageSize };
  return recordProgram(model, pure, { ...sizes, normalization });
}

function placed(program: Program): InferenceProgram {
  const layout = layOutProgram(program, 1);
  return { program: { ...program, memory: allocate(layout, false) }, layout };
}

/** inferenceProgram with the weights of a file in place. Throws a FormatError if they do not fit, before memory is allocated. */
export const programOfFile = (model: ModelDefinition, pure: Kernels, file: ModelFile): InferenceProgram =>
  placeFile(recordFile(model, pure, file), file);

/** The same without memory. Throws a FormatError if the file does not have as many weights as the model. */
export function recordFile(model: ModelDefinition, pure: Kernels, file: ModelFile): Program {
  const recorded = recordInference(model, pure, file.imageSize, normalizationOf(file));
  checkWeights(recorded.store, file);
  return recorded;
}

/** Gives recordFile's program memory with the weights of the file. Throws a FormatError. */
export function placeFile(recorded: Program, file: ModelFile): InferenceProgram {
  const found = placed(recorded);
  placeWeights(found.program, file);
  return found;
}

/**
 * The parts of the file, in order, without the weights' own bytes copied, but for int8. `program` is inferenceProgram's
 * with its weights in place; `crc32` is zlib's: of bytes, going on from a value.
 */
export function encodeModel(
  program: PlacedProgram,
  layout: Layout,
  { threshold, metadata, dtype = "f32", unusual = new Uint8Array(0) }: ModelFileFacts,
  crc32: (bytes: Uint8Array, value?: number) => number,
): Uint8Array[] {
  const { memory, store, io, plans, options } = program;
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
  const unusualAt = align(at) + description.length;
  const statistics = new Uint8Array(align(unusual.length));
  statistics.set(unusual);
  const weightsAt = unusualAt + statistics.length;
  const bytes = end - weights.address;
  const stored = dtype === "i8" ? encodeInt8(program, bytes) : [new Uint8Array(memory.buffer, weights.address, bytes)];
  const storedBytes = stored.reduce((sum, { length }) => sum + length, 0);
  const total = weightsAt + storedBytes;
  header.set(new TextEncoder().encode(MAGIC));
  const side = io.maps ? Math.sqrt(io.maps.bytes / 4) : 0;
  [VERSION, total].forEach((value, i) => put(8 + 4 * i, value));
  [options.imageSize, side, dtype === "i8" ? storedBytes : 0].forEach((value, i) => put(20 + 4 * i, value));
  view.setFloat64(32, threshold, true);
  const places = [io.bytes, io.logits, io.maps].map((buffer) => (buffer ? buffer.address - end : 0));
  [layout.bytes - end, weightsAt, bytes, align(at), text.length, ...places].forEach((value, i) => put(40 + 4 * i, value));
  put(108, unusual.length > 0 ? unusualAt : 0);
  put(112, unusual.length);
  // zlib returns 0 for no bytes, whatever came before.
  const parts = [header, ...encoded, padding, description, statistics, ...stored].filter(({ length }) => length > 0);
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
  if (number < 0) throw new Error(`${label}: ${kernel} is not a kernel of the inference core`);
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
