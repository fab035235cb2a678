// Reads a .pulmo file (docs/model-file.md), for example to continue training. The inference core has its own reader.
import type { Normalization } from "./models/definition.js";
import { align } from "./plan.js";
import { FormatError, float32Values } from "./tensors.js";
import type { Placed } from "./values.js";

export interface ModelFile {
  imageSize: number;
  threshold: number;
  /** The file's metadata: model, classes, recipe, mean, std, temperature. */
  metadata: Record<string, unknown>;
  /** The stored bytes of the weights, and how many bytes of f32 are stored as f16. */
  weights: Uint8Array;
  halves: number;
}

export const MAGIC = "PULMOMDL";
export const VERSION = 1;
export const HEADER_BYTES = 128;

/** Throws a FormatError. Does not check the plans. */
export function readModelFile(file: Uint8Array): ModelFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u32 = (at: number) => view.getUint32(at, true);
  const part = (offset: number, bytes: number) => {
    if (offset + bytes > file.length) throw new FormatError("it is cut short");
    return file.subarray(offset, offset + bytes);
  };
  const known = file.length >= HEADER_BYTES && new TextDecoder().decode(file.subarray(0, 8)) === MAGIC && u32(8) === VERSION;
  if (!known) throw new FormatError("it is not a pulmo model file of a known version");
  const halves = u32(28);
  const metadata = parse(new TextDecoder().decode(part(u32(52), u32(56))));
  const weights = part(u32(44), u32(48) - halves / 2);
  return { imageSize: u32(20), threshold: view.getFloat64(32, true), metadata, weights, halves };
}

function parse(json: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(json);
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

/** Copies the file's weights and running statistics into a program of the same model. Throws a FormatError. */
export function placeWeights({ memory, store }: Placed, { weights, halves }: ModelFile): void {
  const bytes = align(store.weights.bytes) + align(store.running.bytes);
  if (
    weights.length + halves / 2 !== bytes ||
    halves % 128 !== 0 ||
    store.running.address - store.weights.address !== align(store.weights.bytes)
  ) {
    throw new FormatError("it does not hold this model's weights");
  }
  const place = new Uint8Array(memory.buffer, store.weights.address, bytes);
  const widened = float32Values({ dtype: "F16", shape: [], data: weights.subarray(0, halves / 2) });
  place.set(new Uint8Array(widened.buffer));
  place.set(weights.subarray(halves / 2), halves);
}
