// A tensor in a file: bytes, a dtype in safetensors' spelling, a shape.

/** Why a file is rejected, as the end of a sentence. */
export class FormatError extends Error {}

export interface StoredTensor {
  dtype: string;
  shape: number[];
  /** Little-endian, row-major. */
  data: Uint8Array;
}

/** Shapes with more dimensions are rejected. */
export const MAX_DIMENSIONS = 8;

const BYTES: Record<string, number> = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I16: 2, U8: 1, I8: 1, BOOL: 1 };

export const isDtype = (dtype: string): boolean => Object.hasOwn(BYTES, dtype);
export const dtypeBytes = (dtype: string): number => BYTES[dtype];

export const float32Tensor = (shape: number[], values: Float32Array): StoredTensor => ({
  dtype: "F32",
  shape,
  data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

export const int64Scalar = (value: number): StoredTensor => ({
  dtype: "I64",
  shape: [],
  data: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
});

/** Whether float32Values reads it. */
export const isFloat = ({ dtype }: Pick<StoredTensor, "dtype">): boolean => ["F32", "F16", "BF16", "F64"].includes(dtype);

/** Zero times an infinity or NaN is NaN: a sum is several times as fast as a test of each value. */
export function allFinite(values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * values[i];
  return sum === 0;
}

/** The values of an F32, F16, BF16 or F64 tensor. */
export function float32Values({ dtype, data }: StoredTensor): Float32Array {
  // Copied for alignment. A Node Buffer's slice() would not copy.
  const { buffer } = new Uint8Array(data);
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "F64") return Float32Array.from(new Float64Array(buffer));
  if (dtype === "F16" || dtype === "BF16") return widened(new Uint16Array(buffer), dtype);
  throw new Error(`dtype ${dtype} is not a float`);
}

/** bfloat16 is the upper half of a float32. */
function widened(bits: Uint16Array, dtype: "F16" | "BF16"): Float32Array {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  if (dtype === "F16") for (let i = 0; i < bits.length; i++) values[i] = halfValue(bits[i]);
  else for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  return values;
}

/** IEEE 754 binary16: sign, five bits of exponent (bias 15), ten of fraction. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
