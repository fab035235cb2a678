// Runs a kernel on operands laid out between guards in one shared memory, in every variant that this engine has:
//
//   | guard | operand | guard | operand | ... | guard |
//
// Guards, scratch and the elements of outputs start as NaN (FILL): reading past an operand or leaving an element unwritten
// shows in the result. After a run every byte that is neither output nor scratch must be what it was. Each call is made
// once over [0, tiles) and once tile by tile from the last to the first, scratch forgotten in between: same bits.
// A third kind of run has one operand after the other at the end of the memory: nothing is read past it.
// relaxed and revec promise the same bits as each other.
//
// A call is recorded as layers record theirs, and every operand is just as long, and of the role, as the kernels' table says:
// what the tags in assembly/ declare is what the guards, the fillings and the memory's end find to be true.
import { call as record } from "#pulmo/core/call.js";
import { KERNELS, type KernelArguments, type KernelName, type Kernels } from "#pulmo/core/kernels.js";
import type { Operand } from "#pulmo/core/plan.js";
import { buffer } from "#pulmo/core/tape.js";
import type { Variant } from "#pulmo/node/variant.js";
import { assertWritten, FILL, type Numbers, type Region, scratch } from "./regions.js";
import { bytes, variants } from "./variants.js";

export * from "./regions.js";
export { variants } from "./variants.js";

const GUARD_BYTES = 256;
const ALIGNMENT = 64;

/** The arguments of a recorded kernel, with regions instead of buffers. */
export type Arguments<K extends KernelName> = { [P in keyof KernelArguments[K]]: InRegions<KernelArguments[K][P]> };
type InRegions<T> = T extends Operand ? Region : T;

interface Call {
  title: string;
  kernel: (...args: number[]) => void;
  /** In the kernel's order, without the tile range. */
  args: { name: string; value: number | Region }[];
  tiles: number;
}

/** Runs a kernel as described above; `check` throws unless the outputs' results are right. */
export function run<K extends KernelName>(name: K, what: string, given: Arguments<K>, check: (what: string) => void): void {
  const kept = new Map<Variant, Numbers[]>();
  for (const variant of variants) {
    const title = `${variant.variant} ${name} ${what}`;
    const written = runVariant(variant, name, given, title);
    check(title);
    kept.set(
      variant.variant,
      written.map((o) => o.result),
    );
  }
  const [relaxed, revec] = [kept.get("relaxed"), kept.get("revec")];
  if (relaxed && revec) relaxed.forEach((r, i) => sameBits(r, revec[i], `${name} ${what}: revec, output ${i}`));
}

/** Runs a single variant, for chains of kernels, with the same checks. Returns the outputs. */
export function runVariant<K extends KernelName>(
  { variant, kernels }: (typeof variants)[number],
  name: K,
  given: Arguments<K>,
  title = `${variant} ${name}`,
): Region[] {
  const call = callOf(title, kernels, name, given);
  runEveryWay(call);
  const written = outputsOf(call);
  for (const o of written) assertWritten(o, title);
  return written;
}

function callOf<K extends KernelName>(title: string, kernels: Kernels, name: K, given: Arguments<K>): Call {
  const numbers: Record<string, number> = {};
  const regions = new Map<Operand, Region>();
  const recorded = Object.entries(given as Record<string, number | Region>).map(([parameter, value]) => {
    if (typeof value === "number") return [parameter, (numbers[parameter] = value)];
    const operand = buffer(parameter, value.initial.byteLength);
    regions.set(operand, value);
    assertDeclared(title, kernels, name, parameter, value, given as Record<string, unknown>);
    return [parameter, operand];
  });
  const { args, tiles } = record(kernels, name, Object.fromEntries(recorded) as KernelArguments[K], title);
  const named = args.map((arg, i) => {
    const value = typeof arg === "number" ? arg : "scratch" in arg ? scratch(arg.scratch) : regions.get(arg)!;
    return { name: KERNELS[name].parameters[i], value };
  });
  return { title, kernel: kernels[name] as Call["kernel"], args: named, tiles };
}

/** Throws unless the table knows an operand of that length and role. */
function assertDeclared(
  title: string,
  kernels: Kernels,
  name: KernelName,
  parameter: string,
  { role, initial }: Region,
  given: Record<string, unknown>,
): void {
  const spec = KERNELS[name].operands.find((o) => o.name === parameter);
  if (!spec?.bytes) throw new Error(`${title}: the table does not say how long ${parameter} is`);
  const declared = spec.bytes(given as Record<string, number>, kernels);
  if (initial.byteLength !== declared)
    throw new Error(`${title}: ${parameter} has ${initial.byteLength} bytes, its tag says ${declared}`);
  // What need not be added to must not be read either.
  const wanted = spec.role === "inout" && given.accumulate === 0 ? "out" : spec.role;
  if (role !== wanted) throw new Error(`${title}: ${parameter} is "${role}", its tag says "${wanted}"`);
}

const isRegion = (value: number | Region): value is Region => typeof value === "object";
const regionsOf = ({ args }: Call): Region[] => args.map(({ value }) => value).filter(isRegion);
const outputsOf = (call: Call): Region[] => regionsOf(call).filter(({ role }) => role === "out" || role === "inout");

function runEveryWay(call: Call): void {
  const { title, kernel, tiles } = call;
  const { image, addresses } = place(call);
  const args = call.args.map(({ value }) => (isRegion(value) ? addresses.get(value)! : value));
  const start = () => bytes.set(image);
  const collect = () => {
    assertConfined(call, image, addresses);
    return outputsOf(call).map((o) => copyOf(o, addresses.get(o)!));
  };

  start();
  kernel(...args, 0, tiles);
  const atOnce = collect();

  start();
  for (let tile = tiles - 1; tile >= 0; tile--) {
    for (const r of regionsOf(call)) if (r.role === "scratch") bytes.set(bytesOf(r.initial), addresses.get(r)!);
    kernel(...args, tile, tile + 1);
  }
  collect().forEach((o, i) => sameBits(atOnce[i], o, `${title}: tile by tile, output ${i}`));

  // Each operand in turn at the very end of the memory, where a read past it traps; up to the alignment a read is harmless.
  for (const [position, { name, value }] of call.args.entries()) {
    if (!isRegion(value) || value.role === "scratch") continue;
    start();
    const end = bytes.length - Math.ceil(value.initial.byteLength / ALIGNMENT) * ALIGNMENT;
    bytes.set(bytesOf(value.initial), end);
    const moved = new Map(addresses).set(value, end);
    const what = `${title}: ${name} at the end of the memory`;
    try {
      kernel(...args.with(position, end), 0, tiles);
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`);
    }
    outputsOf(call).forEach((o, i) => sameBits(atOnce[i], copyOf(o, moved.get(o)!), `${what}, output ${i}`));
  }

  outputsOf(call).forEach((o, i) => (o.result = atOnce[i]));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers) => new Uint8Array(buffer, byteOffset, byteLength);

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
  for (const [r, at] of addresses) image.set(bytesOf(r.initial), at);
  return { image, addresses };
}

/** Throws if anything but outputs and scratch has changed. */
function assertConfined(call: Call, image: Uint8Array, addresses: Map<Region, number>): void {
  let from = 0;
  const compare = (to: number) => {
    if (Buffer.compare(image.subarray(from, to), bytes.subarray(from, to)) === 0) return;
    while (image[from] === bytes[from]) from++;
    throw new Error(`${call.title}: wrote byte ${from}, ${whereIs(from, call, addresses)}`);
  };
  for (const r of regionsOf(call)) {
    if (r.role === "in") continue;
    compare(addresses.get(r)!);
    from = addresses.get(r)! + r.initial.byteLength;
  }
  compare(image.length);
}

function whereIs(byte: number, { args }: Call, addresses: Map<Region, number>): string {
  const near = args.flatMap(({ name, value }) => {
    if (!isRegion(value)) return [];
    return [{ name, role: value.role, offset: byte - addresses.get(value)!, length: value.initial.byteLength }];
  });
  const { name, role, offset, length } = near.findLast((r) => r.offset >= 0) ?? near[0];
  return `${offset} from the start of ${name}, ${role}, of ${length} bytes`;
}

function copyOf<T extends Numbers>({ initial }: Region<T>, address: number): T {
  const { buffer } = new Uint8Array(bytes.subarray(address, address + initial.byteLength));
  return new (initial.constructor as new (b: ArrayBuffer) => T)(buffer);
}

/** "float32", "int32", "uint8", ... */
const typeOf = (numbers: Numbers): string => numbers.constructor.name.replace("Array", "").toLowerCase();

export function sameBits(a: Numbers, b: Numbers, what: string): void {
  if (typeOf(a) !== typeOf(b)) {
    throw new Error(
      `${what}: ${typeOf(a)} against ${typeOf(b)}: round the expected values (Float32Array.from), or allow a tolerance (assertClose)`,
    );
  }
  const [x, y] = [a, b].map(bytesOf);
  if (Buffer.compare(x, y) === 0) return;
  const i = Math.floor(x.findIndex((byte, at) => byte !== y[at]) / a.BYTES_PER_ELEMENT);
  throw new Error(`${what}: other bits, first at [${i}]: ${a[i]} and ${b[i]}`);
}
