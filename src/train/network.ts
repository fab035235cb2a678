// Makes a model runnable in Node: records it, lays it out in shared memory, sets the weights and starts the workers.
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import type { Layout } from "../core/plan.js";
import {
  allocate,
  layOutProgram,
  MAX_BYTES,
  type PlanName,
  type Program,
  type ProgramOptions,
  recordProgram,
} from "../core/program.js";
import { initialize } from "../core/values.js";
import type { ProfilingPool } from "../core/worker-pool.js";
import { availableMemory } from "../node/cores.js";
import { createPool } from "../node/piscina-pool.js";
import { compileKernels, nodeMajor, shapeFunctions, type Variant } from "../node/variant.js";

export interface NetworkOptions extends ProgramOptions {
  threads: number;
  variant: Variant;
  /** Of the initial weights; undefined if the caller loads all of them. */
  seed: number | undefined;
  lr: number;
  /** Images per evaluation step if the user chose the number, for messages. Undefined if the program chose it. */
  askedBatch?: number;
}

/** A program with memory and workers. */
export interface Network extends Program {
  memory: WebAssembly.Memory;
  pool: ProfilingPool<PlanName>;
}

interface PlannedNetwork {
  module: WebAssembly.Module;
  program: Program;
  layout: Layout;
}

/** Records and lays out a model without allocating memory. Throws an InputError if the memory is not available. */
export function planNetwork(model: ModelDefinition, options: NetworkOptions): PlannedNetwork {
  const { batchSize, threads, variant, askedBatch = 0 } = options;
  const module = compileKernels(variant);
  const program = recordProgram(model, shapeFunctions(module), options);
  const layout = layOutProgram(program, threads);
  checkMemory(model, layout.bytes, threads, batchSize || askedBatch);
  return { module, program, layout };
}

/**
 * Resident memory besides the WebAssembly memory: Node itself, and each worker. The estimate is accurate to 10 %:
 * docs/RELIABILITY.md.
 */
const NODE_BYTES = (nodeMajor >= 24 ? 100 : 88) * 2 ** 20;
const WORKER_BYTES = 12 * 2 ** 20;

/** `batchSize`: 0 if the user cannot choose it. */
function checkMemory({ name, hidden }: ModelDefinition, wasmBytes: number, threads: number, batchSize: number): void {
  const bytes = wasmBytes + NODE_BYTES + threads * WORKER_BYTES;
  const mebibytes = (n: number) => `${Math.ceil(n / 2 ** 20)} MiB`;
  const needs = `${name}${batchSize > 0 ? ` at batch size ${batchSize}` : ""} needs ${mebibytes(bytes)} of memory`;
  const smaller = `use a smaller --batch-size${hidden ? " or narrower --hidden layers" : ""}`;
  if (wasmBytes > MAX_BYTES) {
    const advice = batchSize > 0 ? `: ${smaller}` : "";
    throw new InputError(`${needs}, more than the ${mebibytes(MAX_BYTES)} of a WebAssembly memory${advice}.`);
  }
  const available = availableMemory();
  if (bytes > available) {
    const advice = batchSize > 0 ? `${smaller} or close other programs` : "close other programs";
    throw new InputError(`${needs}, but only ${mebibytes(available)} are free: ${advice}.`);
  }
}

/** Plans the model, allocates its memory, starts its workers and sets the initial weights. */
export function createNetwork(model: ModelDefinition, options: NetworkOptions): Network {
  const { module, program, layout } = planNetwork(model, options);
  const memory = allocate(layout, true);
  const pool = createPool({ module, memory, plans: program.plans, layout, threads: options.threads });
  const network = { ...program, memory, pool };
  initialize(network, options.seed, options.lr);
  return network;
}
