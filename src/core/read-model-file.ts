// Reads a .pulmo file (docs/model-file.md), for example to continue training. The inference core has its own reader.
import { decodeInt8 } from "./int8-weights.js";
import { parseJson } from "./json.js";
import type { Normalization } from "./models/definition.js";
import { align } from "./plan.js";
import { allFinite, FormatError } from "./tensors.js";
import { decodeUnusual, type UnusualStatistics } from "./unusual.js";
import type { Placed } from "./values.js";

export interface ModelFile {
  imageSize: number;
  threshold: number;
  /** The file's metadata: model, classes, recipe, mean, std, temperature. */
  metadata: Record<string, unknown>;
  /** The weights and running statistics as stored: f32, or the pieces of int8-weights.ts. */
  weights: Uint8Array;
  /** Bytes of the weights and running statistics as f32. */
  weightBytes: number;
  int8: boolean;
  /** Statistics of the training images, if the file has them. */
  unusual?: UnusualStatistics | undefined;
}

export const MAGIC = "PULMOMDL";
export const VERSION = 1;
export const HEADER_BYTES = 128;
/** In pixels. Memory grows with the square of the edge; pulmo's models have 224. */
const MAX_EDGE = 1024;

/** Throws a FormatError. Does not check the plans. */
export function readModelFile(file: Uint8Array): ModelFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u32 = (at: number) => view.getUint32(at, true);
  const part = (offset: number, bytes: number) => {
    if (offset + bytes > file.length) throw new FormatError("it is truncated");
    return file.subarray(offset, offset + bytes);
  };
  const known = file.length >= HEADER_BYTES && new TextDecoder().decode(file.subarray(0, 8)) === MAGIC && u32(8) === VERSION;
  if (!known) throw new FormatError("it is not a pulmo model file of a known version");
  const imageSize = u32(20);
  if (imageSize < 1 || imageSize > MAX_EDGE) {
    throw new FormatError(`it is for images of ${imageSize}x${imageSize} pixels, not of 1 to ${MAX_EDGE} pixels per edge`);
  }
  const packed = u32(28);
  const metadata = parse(new TextDecoder().decode(part(u32(52), u32(56))));
  const weights = part(u32(44), packed || u32(48));
  const unusual = u32(112) > 0 ? decodeUnusual(part(u32(108), u32(112))) : undefined;
  const threshold = view.getFloat64(32, true);
  return { imageSize, threshold, metadata, weights, weightBytes: u32(48), int8: packed > 0, unusual };
}

function parse(json: string): Record<string, unknown> {
  try {
    const found = parseJson(json);
    if (typeof found === "object" && found !== null) return found as Record<string, unknown>;
  } catch {}
  throw new FormatError("its metadata are not usable");
}

/** mean and std of the file's metadata; undefined if images are not normalized. */
export function normalizationOf({ metadata: { mean, std } }: ModelFile): Normalization | undefined {
  const three = (values: unknown): values is [number, number, number] =>
    Array.isArray(values) && values.length === 3 && values.every((value) => Number.isFinite(value));
  return three(mean) && three(std) ? { mean, std } : undefined;
}

type StoredWeights = Pick<ModelFile, "weights" | "weightBytes" | "int8">;

/** Throws a FormatError unless the model has as many weights. Does not need the model's memory. */
export function checkWeights({ weights, running }: Placed["store"], { weightBytes, ...stored }: StoredWeights): void {
  const bytes = align(weights.bytes) + align(running.bytes);
  if (weightBytes !== bytes || (!stored.int8 && stored.weights.length !== bytes)) {
    throw new FormatError("its weights do not fit this model");
  }
}

/**
 * Copies the file's weights and running statistics into a program of the same model. Returns whether all are finite. Throws a
 * FormatError.
 */
export function placeWeights({ memory, store }: Placed, stored: StoredWeights): boolean {
  const { weights, weightBytes: bytes, int8 } = stored;
  checkWeights(store, stored);
  if (store.running.address - store.weights.address !== align(store.weights.bytes)) {
    throw new FormatError("its weights do not fit this model");
  }
  const place = new Uint8Array(memory.buffer, store.weights.address, bytes);
  if (int8) return decodeInt8(weights, place);
  place.set(weights);
  return allFinite(new Float32Array(memory.buffer, store.weights.address, bytes / 4));
}
