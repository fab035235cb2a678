// Chooses, compiles and instantiates the core. The three variants have the same kernels and packed layouts:
//   simd     standard 128-bit SIMD; multiply and add round separately
//   relaxed  relaxed SIMD with fused multiply-add; relaxed4.wasm is the same for older versions of V8
//   revec    relaxed, with wide micro-kernels that V8 compiles to 256-bit instructions (--experimental-wasm-revectorize)
// relaxed and revec give the same bits.

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { type Imports, instantiateSync } from "@assemblyscript/loader";
import { InputError } from "../core/errors.js";
import { instantiate, type Kernels } from "../core/kernels.js";
import { panelsOf } from "../core/parameters.js";
import { hasAvx2 } from "./cores.js";

export const VARIANTS = ["simd", "relaxed", "revec"] as const;
export type Variant = (typeof VARIANTS)[number];

/** Whether products are rounded before they are added. Kernels of one rounding give the same bits. */
export type Rounding = "plain" | "fused";
export const roundingOf = (variant: string): Rounding => (variant === "simd" ? "plain" : "fused");

/** A variant with this rounding; undefined if this version of Node has none. */
export function variantOf(rounding: Rounding): Variant | undefined {
  return rounding === "plain" ? "simd" : (["revec", "relaxed"] as const).find(works);
}

export const nodeMajor = Number(process.versions.node.split(".")[0]);

/** The first Node whose V8 has 256-bit kernels, and keeps six rows of 128 bits in x64's 16 vector registers. */
const MODERN = 24;

/**
 * relaxed.wasm has micro-kernels of six rows, relaxed4.wasm of four, with the same bits. Older versions of V8 place all loads of a loop
 * before its products: six rows then need 20 registers. Matmul, Node 20: 36 and 47 GFLOP/s; Node 24: 52 and 45. arm64 has 32 registers.
 */
const RELAXED = nodeMajor < MODERN && process.arch === "x64" ? "relaxed4" : "relaxed";

const coreBytes = (variant: Variant): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../core/${variant === "relaxed" ? RELAXED : variant}.wasm`, import.meta.url)));

/** Whether this engine can run the variant. Sets the V8 flags it needs, which affect the whole process. */
function enable(variant: Variant): boolean {
  if (variant === "simd") return true;
  if (nodeMajor < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (variant === "revec") {
    if (nodeMajor < MODERN || process.arch !== "x64") return false;
    setFlagsFromString("--experimental-wasm-revectorize");
  }
  return WebAssembly.validate(coreBytes(variant));
}

/** Whether this engine and processor run the variant and round as `roundingOf` says. */
const works = (variant: Variant): boolean => variant === "simd" || (enable(variant) && computesCorrectly(variant));

/** The variant that is wanted; default: the fastest that works here. Throws an InputError if it does not work here. */
export function chooseVariant(wanted?: Variant): Variant {
  if (wanted !== undefined) {
    if (!VARIANTS.includes(wanted)) throw new InputError(`The kernel variant is "${wanted}": use one of ${VARIANTS.join(", ")}.`);
    if (!works(wanted))
      throw new InputError(`Node ${process.version} cannot run the ${wanted} kernels on this processor: use simd.`);
    return wanted;
  }
  return variantOf("fused") ?? "simd";
}

/** The speed of revec under Node 26 over that of relaxed under Node 20: docs/PERFORMANCE.md. */
const TIMES_FASTER = { training: 1.4, scoring: 1.7 };

/** What a newer Node would give users whose Node lacks the fastest kernels of their processor; undefined for others. */
export function fasterNode(work: keyof typeof TIMES_FASTER, node = nodeMajor, has256Bits = hasAvx2()) {
  return node >= MODERN || !has256Bits ? undefined : { newer: MODERN, times: TIMES_FASTER[work], node };
}

function usableBytes(variant: Variant): Uint8Array<ArrayBuffer> {
  if (!enable(variant)) throw new InputError(`Node ${process.version} cannot run the ${variant} kernels: use simd.`);
  return coreBytes(variant);
}

/** A module that several threads can instantiate. */
export const compileKernels = (variant: Variant): WebAssembly.Module => new WebAssembly.Module(usableBytes(variant));

/** Compiles and instantiates the kernels on `memory`, for one thread. */
export function loadKernels(variant: Variant, memory: WebAssembly.Memory): Kernels {
  // The loader's type declarations are older than the standard's; the values are standard.
  const imports = { env: { memory } } as unknown as Imports;
  return instantiateSync(usableBytes(variant), imports).exports as unknown as Kernels;
}

/** An instance with one page of memory, for the pure functions that compute tile counts and scratch sizes. */
export function shapeFunctions(module: WebAssembly.Module): Kernels {
  return instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
}

let plain: Kernels | undefined;

/** The same with the plain variant, for describing a model without running it. */
export const plainShapes = (): Kernels => (plain ??= shapeFunctions(compileKernels("simd")));

/**
 * Compares a matmul of small integers, exact in any order, with plain loops: experimental engine features may be incorrect. The sum of
 * a product must also be rounded once: a processor without fused multiply-add rounds the product, too.
 */
function computesCorrectly(variant: "relaxed" | "revec"): boolean {
  const [M, N, K] = [13, 35, 21];
  const A = Float32Array.from({ length: M * K }, (_, i) => (i * 7) % 11);
  const B = Float32Array.from({ length: K * N }, (_, i) => (i * 5) % 13);
  const multiply = multiplier(variant);
  const exact = multiply(A, B, [M, N, K]).every((value, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += A[Math.floor(i / N) * K + k] * B[k * N + (i % N)];
    return value === sum;
  });
  // -1 + (1 + e)(1 - e): the product 1 - e * e is 1 in float32.
  const e = 2 ** -13;
  const [rest] = multiply(Float32Array.of(1, 1 + e), Float32Array.of(-1, 1 - e), [1, 1, 2]);
  return exact && rest === -e * e;
}

/** A[M][K] B[K][N] of at most 2,000 numbers each, by the variant's own kernels. */
function multiplier(variant: Variant) {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const { packPanels, matmul, matmulTiles } = loadKernels(variant, memory);
  const [a, b, c, panels, scratch] = [0, 8192, 16384, 32768, 65536];
  return (A: Float32Array, B: Float32Array, [M, N, K]: [number, number, number]): Float32Array => {
    new Float32Array(memory.buffer, a, A.length).set(A);
    new Float32Array(memory.buffer, b, B.length).set(B);
    packPanels(panels, b, N, K, N, 0, panelsOf(N));
    matmul(c, a, panels, scratch, M, N, K, K, N, 0, 0, matmulTiles(M, N));
    return new Float32Array(memory.buffer, c, M * N);
  };
}
