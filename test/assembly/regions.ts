// Operands of a kernel under test, and the shapes of its test.
import { uniform } from "../reference/formula.js";

export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export interface Region<T extends Numbers = Numbers> {
  /** As in the kernels' table: in: only read; out: only written; inout: both. */
  role: "in" | "out" | "inout" | "scratch";
  /** Of an `out`: elements between its rows stay as they are. */
  gaps: boolean;
  initial: T;
  /** What is written, after the run of the variant at hand. */
  result: T;
}

/** A quiet NaN with a payload that no arithmetic makes. */
export const FILL = 0x7fc0dead;

function filled<T extends Numbers>(values: T): T {
  const words = new Uint32Array(Math.ceil(values.byteLength / 4)).fill(FILL);
  new Uint8Array(values.buffer).set(new Uint8Array(words.buffer, 0, values.byteLength));
  return values;
}

const region = <T extends Numbers>(role: Region["role"], initial: T, gaps = false): Region<T> => ({
  role,
  gaps,
  initial,
  result: initial,
});

/** Read, but never written. */
export const input = <T extends Numbers>(values: T): Region<T> => region("in", values);
/** Every element must be written. */
export const output = (length: number): Region<Float32Array<ArrayBuffer>> => region("out", filled(new Float32Array(length)));
export const outputDoubles = (length: number): Region<Float64Array<ArrayBuffer>> =>
  region("out", filled(new Float64Array(length)));
export const outputBytes = (length: number): Region<Uint8Array<ArrayBuffer>> => region("out", filled(new Uint8Array(length)));
/** Rows with gaps between them. The test checks the gaps with `assertUntouched`. */
export const outputRows = (length: number): Region<Float32Array<ArrayBuffer>> =>
  region("out", filled(new Float32Array(length)), true);
/** Read and written. */
export const updated = <T extends Numbers>(values: T): Region<T> => region("inout", values);
export const scratch = (bytes: number): Region => region("scratch", filled(new Uint8Array(bytes)));

/** `length` float32 values in [-1, 1) times `scale` plus `offset`, different for each stream. */
export function random(stream: number, length: number, scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  return new Float32Array(length).map((_, i) => uniform(stream, i) * scale + offset);
}

/** Throws if one of the chosen elements was written. */
export function assertUntouched(result: Float32Array<ArrayBuffer>, chosen: (i: number) => boolean, what: string): void {
  const words = new Uint32Array(result.buffer);
  const i = words.findIndex((word, at) => chosen(at) && word !== FILL);
  if (i >= 0) throw new Error(`${what}: wrote [${i}], between the rows`);
}

/** Throws unless every element of an `out` without gaps was written. A byte may well be what its filling was: results tell. */
export function assertWritten({ role, gaps, initial, result }: Region, what: string): void {
  if (role !== "out" || gaps || initial instanceof Uint8Array) return;
  const [before, after] = [initial, result].map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  const size = initial.BYTES_PER_ELEMENT;
  for (let i = 0; i < initial.length; i++) {
    let at = i * size;
    while (at < (i + 1) * size && before[at] === after[at]) at++;
    if (at === (i + 1) * size) throw new Error(`${what}: did not write [${i}] of ${initial.length}`);
  }
}

/** Every axis at each of its values while the others stay at their first one; then `mixed` combinations in hashed order. */
export function sweep<K extends string>(axes: Record<K, number[]>, mixed: number): Record<K, number>[] {
  const names = Object.keys(axes) as K[];
  const shape = (value: (name: K, axis: number) => number) =>
    Object.fromEntries(names.map((name, axis) => [name, value(name, axis)])) as Record<K, number>;
  const single = names.flatMap((name) => axes[name].map((v) => shape((other) => (other === name ? v : axes[other][0]))));
  const pick = (values: number[], u: number) => values[Math.floor(((u + 1) / 2) * values.length)];
  const combined = Array.from({ length: mixed }, (_, i) => shape((name, axis) => pick(axes[name], uniform(900 + axis, i))));
  const seen = new Map([...single, ...combined].map((s) => [JSON.stringify(s), s]));
  return [...seen.values()];
}

export const label = (shape: object): string =>
  Object.entries(shape)
    .map(([k, v]) => `${k}=${v}`)
    .join(" ");
