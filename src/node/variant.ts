// Chooses, compiles and instantiates the core. The three variants have the same kernels and packed layouts:
//   simd     standard 128-bit SIMD; multiply and add round separately
//   relaxed  relaxed SIMD with fused multiply-add
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
  return (rounding === "plain" ? (["simd"] as const) : (["revec", "relaxed"] as const)).find(
    (variant) => enable(variant) && computesCorrectly(variant),
  );
}

/**
 * Before this version of Node, V8 generates slow code for the relaxed variant. ResNet-18 inference, batch 32, two threads,
 * relaxed versus simd: Node 20 948 and 590 ms, Node 22 891 and 500 ms, Node 24 467 and 499 ms.
 */
const FAST_RELAXED = 24;

export const nodeMajor = Number(process.versions.node.split(".")[0]);

const coreBytes = (variant: Variant): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../core/${variant}.wasm`, import.meta.url)));

/** Whether this engine can run the variant. Sets the V8 flags it needs, which affect the whole process. */
function enable(variant: Variant): boolean {
  if (variant === "simd") return true;
  if (nodeMajor < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
  if (variant === "revec") {
    if (nodeMajor < 24 || process.arch !== "x64") return false;
    setFlagsFromString("--experimental-wasm-revectorize");
  }
  return WebAssembly.validate(coreBytes(variant));
}

/** The variant that is wanted; default: the fastest that works here. Throws an InputError if it does not work here. */
export function chooseVariant(wanted?: Variant): Variant {
  if (wanted !== undefined) {
    if (!VARIANTS.includes(wanted)) throw new InputError(`The kernel variant is "${wanted}": use one of ${VARIANTS.join(", ")}.`);
    if (!enable(wanted)) throw new InputError(`Node ${process.version} cannot run the ${wanted} kernels: use simd.`);
    return wanted;
  }
  for (const variant of nodeMajor < FAST_RELAXED ? [] : (["revec", "relaxed"] as const)) {
    if (enable(variant) && computesCorrectly(variant)) return variant;
  }
  return "simd";
}

/** The speed of revec under Node 26 over that of simd under Node 20: docs/PERFORMANCE.md. */
const TIMES_FASTER = { training: 2.1, scoring: 2.3 };

/** What a newer Node would give users whose Node lacks the fastest kernels of their processor; undefined for others. */
export function fasterNode(work: keyof typeof TIMES_FASTER, node = nodeMajor, has256Bits = hasAvx2()) {
  return node >= FAST_RELAXED || !has256Bits ? undefined : { newer: FAST_RELAXED, times: TIMES_FASTER[work], node };
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

/** Compares a matmul of small integers, exact in any order, with plain loops. Experimental engine features may be incorrect. */
function computesCorrectly(variant: Variant): boolean {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const { packPanels, matmul, matmulTiles } = loadKernels(variant, memory);
  const [M, N, K] = [13, 35, 21];
  const [a, b, c, panels, scratch] = [0, 8192, 16384, 32768, 65536];
  const A = new Float32Array(memory.buffer, a, M * K).map((_, i) => (i * 7) % 11);
  const B = new Float32Array(memory.buffer, b, K * N).map((_, i) => (i * 5) % 13);
  new Float32Array(memory.buffer, a, M * K).set(A);
  new Float32Array(memory.buffer, b, K * N).set(B);
  packPanels(panels, b, N, K, N, 0, panelsOf(N));
  matmul(c, a, panels, scratch, M, N, K, K, N, 0, 0, matmulTiles(M, N));
  const C = new Float32Array(memory.buffer, c, M * N);
  return C.every((value, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += A[Math.floor(i / N) * K + k] * B[k * N + (i % N)];
    return value === sum;
  });
}
