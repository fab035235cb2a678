// Runs a kernel on operands laid out between guards in one shared memory, in every variant that this engine has:
//
//   | guard | operand | guard | operand | ... | guard |
//
// Guards, scratch and the elements of outputs start as NaN (FILL): reading past an operand or leaving an element unwritten
// shows in the result. After a run every byte that is neither output nor scratch must be what it was. Each call is made
// once over [0, tiles) and once tile by tile from the last to the first, scratch forgotten in between: same bits.
// A third kind of run has one operand after the other at the end of the memory: nothing is read past it.
// relaxed and revec promise the same bits as each other.
import { execFileSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import type { KernelName, Kernels } from "#pulmo/core/kernels.js";
import { compileKernels, instantiateKernels, VARIANTS, type Variant } from "#pulmo/node/variant.js";
import { uniform } from "../reference/formula.js";

type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export interface Region<T extends Numbers = Numbers> {
  role: "input" | "output" | "scratch";
  initial: T;
  /** An output's contents after the run of the variant at hand. */
  result: T;
}

export interface Call {
  /** The kernel's arguments without the tile range. */
  args: (number | Region)[];
  tiles: number;
}

/** A quiet NaN with a payload that no arithmetic makes. */
const FILL = 0x7fc0dead;
const GUARD_BYTES = 256;
const ALIGNMENT = 64;
const MEMORY_PAGES = 1024;

function filled<T extends Numbers>(values: T): T {
  const words = new Uint32Array(Math.ceil(values.byteLength / 4)).fill(FILL);
  new Uint8Array(values.buffer).set(new Uint8Array(words.buffer, 0, values.byteLength));
  return values;
}

const region = <T extends Numbers>(role: Region["role"], initial: T): Region<T> => ({ role, initial, result: initial });

/** Read, never written. */
export const input = <T extends Numbers>(values: T): Region<T> => region("input", values);
/** Every element must be written. */
export const output = (length: number): Region<Float32Array<ArrayBuffer>> => region("output", filled(new Float32Array(length)));
export const outputDoubles = (length: number): Region<Float64Array<ArrayBuffer>> => region("output", filled(new Float64Array(length)));
export const outputBytes = (length: number): Region<Uint8Array<ArrayBuffer>> => region("output", filled(new Uint8Array(length)));
/** Read and written. */
export const updated = <T extends Numbers>(values: T): Region<T> => region("output", values);
/** As many bytes as the kernel asks for, and not one more. */
export const scratch = (bytes: number): Region => region("scratch", filled(new Uint8Array(bytes)));

/** `length` float32 values in [-1, 1) times `scale` plus `offset`, different for each stream. */
export function random(stream: number, length: number, scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  return new Float32Array(length).map((_, i) => uniform(stream, i) * scale + offset);
}

/** Throws unless none of the elements chosen was written. */
export function assertUntouched(result: Float32Array<ArrayBuffer>, chosen: (i: number) => boolean, what: string): void {
  const words = new Uint32Array(result.buffer);
  const i = words.findIndex((word, at) => chosen(at) && word !== FILL);
  if (i >= 0) throw new Error(`${what}: wrote [${i}], between the rows`);
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

export const label = (shape: object): string => Object.entries(shape).map(([k, v]) => `${k}=${v}`).join(" ");

const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
const bytes = Buffer.from(memory.buffer as unknown as ArrayBuffer);

/**
 * Optimised at once: V8's baseline compiler, where small cases would stay, has no 256-bit instructions to be wrong about.
 * Inlining goes by what the baseline code has counted; V8 14 aborts where there is none.
 */
function compileOptimised(): { variant: Variant; kernels: Kernels }[] {
  const defaults = v8Defaults(["liftoff", "wasm-lazy-compilation", "wasm-inlining"]);
  for (const { flag } of defaults) setFlagsFromString(`--no-${flag}`);
  const available = VARIANTS.flatMap((variant) => {
    try {
      return [{ variant, kernels: instantiateKernels(compileKernels(variant), memory) }];
    } catch (error) {
      console.log(`Kernel tests leave out ${variant}: ${(error as Error).message}`);
      return [];
    }
  });
  for (const { flag, on } of defaults) if (on) setFlagsFromString(`--${flag}`);
  return available;
}

/** Whether this engine has the flags on unless told otherwise: the rest of the process shall not notice us. */
function v8Defaults(flags: string[]): { flag: string; on: boolean }[] {
  const options = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" });
  return flags.map((flag) => ({ flag, on: options.includes(`default: --${flag}\n`) }));
}

/** The variants under test; simd comes first. */
export const variants = compileOptimised();

/**
 * Runs kernel `name` as described above. `build` makes the call for one variant's shape functions (tiles, scratch);
 * `check` throws unless the outputs' results are right.
 */
export function run(name: string, what: string, build: (kernels: Kernels) => Call, check: (what: string) => void): void {
  const kept = new Map<Variant, Numbers[]>();
  for (const { variant, kernels } of variants) {
    const title = `${variant} ${name} ${what}`;
    const call = build(kernels);
    runBothWays(title, functionOf(kernels, name), call);
    check(title);
    kept.set(variant, outputsOf(call).map((o) => o.result));
  }
  const [relaxed, revec] = [kept.get("relaxed"), kept.get("revec")];
  if (relaxed && revec) relaxed.forEach((r, i) => sameBits(r, revec[i], `${name} ${what}: revec, output ${i}`));
}

/** Outputs of a single variant, for chains of kernels; same checks. */
export function runVariant(variant: (typeof variants)[number], name: string, call: Call): void {
  runBothWays(`${variant.variant} ${name}`, functionOf(variant.kernels, name), call);
}

const functionOf = (kernels: Kernels, name: string) => kernels[name as KernelName] as (...args: number[]) => void;

const regionsOf = ({ args }: Call): Region[] => args.filter((a): a is Region => typeof a === "object");
const outputsOf = (call: Call): Region[] => regionsOf(call).filter((r) => r.role === "output");

function runBothWays(title: string, kernel: (...args: number[]) => void, call: Call): void {
  const { image, addresses } = place(call);
  const args = call.args.map((a) => (typeof a === "number" ? a : addresses.get(a)!));
  const start = () => bytes.set(image);
  const collect = () => {
    assertConfined(title, image, call, addresses);
    return outputsOf(call).map((o) => copyOf(o, addresses.get(o)!));
  };

  start();
  kernel(...args, 0, call.tiles);
  const atOnce = collect();

  start();
  for (let tile = call.tiles - 1; tile >= 0; tile--) {
    for (const r of regionsOf(call)) {
      const at = addresses.get(r)!;
      if (r.role === "scratch") bytes.set(image.subarray(at, at + r.initial.byteLength), at);
    }
    kernel(...args, tile, tile + 1);
  }
  collect().forEach((o, i) => sameBits(atOnce[i], o, `${title}: tile by tile, output ${i}`));

  // Each operand in turn at the very end of the memory, where a read past it traps; up to the alignment a read is harmless.
  for (const [position, r] of call.args.entries()) {
    if (typeof r === "number" || r.role === "scratch") continue;
    start();
    const end = bytes.length - Math.ceil(r.initial.byteLength / ALIGNMENT) * ALIGNMENT;
    bytes.set(new Uint8Array(r.initial.buffer, r.initial.byteOffset, r.initial.byteLength), end);
    const moved = new Map(addresses).set(r, end);
    try {
      kernel(...args.with(position, end), 0, call.tiles);
    } catch (error) {
      throw new Error(`${title}: argument ${position} at the end of the memory: ${(error as Error).message}`);
    }
    const what = `${title}: argument ${position} at the end of the memory`;
    outputsOf(call).forEach((o, i) => sameBits(atOnce[i], copyOf(o, moved.get(o)!), `${what}, output ${i}`));
  }

  outputsOf(call).forEach((o, i) => (o.result = atOnce[i]));
}

function place(call: Call): { image: Uint8Array; addresses: Map<Region, number> } {
  const addresses = new Map<Region, number>();
  let next = 0;
  for (const r of regionsOf(call)) {
    next = Math.ceil((next + GUARD_BYTES) / ALIGNMENT) * ALIGNMENT;
    addresses.set(r, next);
    next += r.initial.byteLength;
  }
  next = Math.ceil((next + GUARD_BYTES) / 4) * 4;
  if (next > bytes.length) throw new Error(`the harness's memory is too small for ${next} bytes`);
  const image = new Uint8Array(new Uint32Array(next / 4).fill(FILL).buffer);
  for (const [r, at] of addresses) image.set(new Uint8Array(r.initial.buffer, r.initial.byteOffset, r.initial.byteLength), at);
  return { image, addresses };
}

/** Throws if anything but outputs and scratch has changed. */
function assertConfined(title: string, image: Uint8Array, call: Call, addresses: Map<Region, number>): void {
  let from = 0;
  const compare = (to: number) => {
    if (Buffer.compare(image.subarray(from, to), bytes.subarray(from, to)) === 0) return;
    while (image[from] === bytes[from]) from++;
    throw new Error(`${title}: wrote byte ${from}, ${whereIs(from, call, addresses)}`);
  };
  for (const r of regionsOf(call)) {
    if (r.role === "input") continue;
    compare(addresses.get(r)!);
    from = addresses.get(r)! + r.initial.byteLength;
  }
  compare(image.length);
}

function whereIs(byte: number, call: Call, addresses: Map<Region, number>): string {
  const near = call.args.flatMap((a, i) => {
    if (typeof a === "number") return [];
    return [{ i, role: a.role, offset: byte - addresses.get(a)!, length: a.initial.byteLength }];
  });
  const { i, role, offset, length } = near.findLast((r) => r.offset >= 0) ?? near[0];
  return `${offset} from the start of argument ${i}, an ${role} of ${length} bytes`;
}

function copyOf<T extends Numbers>(r: Region<T>, address: number): T {
  const buffer = new Uint8Array(bytes.subarray(address, address + r.initial.byteLength)).buffer;
  return new (r.initial.constructor as new (b: ArrayBuffer) => T)(buffer);
}

export function sameBits(a: Numbers, b: Numbers, what: string): void {
  const [x, y] = [a, b].map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  if (Buffer.compare(x, y) === 0) return;
  const i = Math.floor(x.findIndex((byte, at) => byte !== y[at]) / a.BYTES_PER_ELEMENT);
  throw new Error(`${what}: other bits, first at [${i}]: ${a[i]} and ${b[i]}`);
}
