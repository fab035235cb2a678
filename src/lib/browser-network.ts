// A network in a browser: on Web Workers over shared memory where the page is cross-origin isolated, else on this thread.
import { instantiate, type Kernels } from "../core/kernels.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { allocate, layOutProgram, type PlanName, recordProgram } from "../core/program.js";
import { initialize } from "../core/values.js";
import type { Trainable } from "../train/loop.js";
import { compileKernels } from "./browser-kernels.js";
import { ownPool, sharedPool } from "./browser-pool.js";
import type { NetworkRequest } from "./runtime.js";

export interface BrowserKernels {
  module: WebAssembly.Module;
  /** Whether memory is shared by threads. */
  shared: boolean;
  /** An instance for the functions of shapes. */
  shapes: Kernels;
}

export async function loadKernels(): Promise<BrowserKernels> {
  const shared = globalThis.crossOriginIsolated === true;
  const module = await compileKernels(shared);
  return { module, shared, shapes: instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared })) };
}

/** A program with memory, initial weights, and threads that run it. Throws a RangeError if the browser grants no more memory. */
export async function createNetwork(
  { module, shared, shapes }: BrowserKernels,
  model: ModelDefinition,
  { seed, lr, ...request }: NetworkRequest,
): Promise<Trainable> {
  const threads = shared ? request.threads : 1;
  const program = recordProgram(model, shapes, request);
  const layout = layOutProgram(program, threads);
  const memory = allocate(layout, shared);
  const pool = await (shared ? sharedPool : ownPool)<PlanName>({ module, memory, plans: program.plans, layout, threads });
  const network = { ...program, memory, pool };
  initialize(network, seed, lr);
  return network;
}

/** More threads than physical cores are slow; with more than 4 logical cores, half of them are assumed to be physical. */
export function usualThreads(): number {
  const cores = navigator.hardwareConcurrency || 1;
  return cores > 4 ? Math.floor(cores / 2) : cores;
}
