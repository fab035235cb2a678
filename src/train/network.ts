// A model made runnable: recorded for its batch sizes, laid out in one shared memory, its weights in place, its workers
// waiting.
import { createRng, STREAMS } from "../core/rng.js";
import { availableMemory } from "../node/cores.js";
import { InputError } from "../core/errors.js";
import { MODELS } from "../core/models/index.js";
import { fromTorch, packedLength, size, toTorch, type Entry } from "../core/parameters.js";
import { createStore, type Store } from "../core/tape.js";
import { compileKernels, shapeFunctions, type Variant } from "../node/variant.js";
import { layOut, slotStride, type Buffer, type Call } from "../core/plan.js";
import { createPool, type Pool } from "../node/pool.js";
import { createIo, recordEvaluation, recordExplanation, recordTraining, type StepIo } from "../core/record.js";

export interface NetworkOptions {
  /** Images a training step; 0: no training, and no memory for it. */
  batchSize: number;
  /** Images of the last, shorter step of an epoch, or 0. */
  lastBatchSize?: number;
  /** Images an evaluation step. */
  evaluationBatch?: number;
  /** Images a step that explains; undefined: no plan for it. */
  explanationBatch?: number;
  imageSize: number;
  threads: number;
  variant: Variant;
  seed: number;
  lr: number;
}

const EVALUATION_BATCH = 32;

export interface Network {
  name: string;
  store: Store;
  io: StepIo;
  pool: Pool;
  memory: WebAssembly.Memory;
  /** The recorded calls, for printing and profiling. */
  plans: Call[][];
  /** Indexes into plans. */
  plan: { train: number; trainLast: number; prepare: number; evaluate: number; explain: number };
  /** Images in an evaluation step. */
  evaluationBatch: number;
  options: NetworkOptions;
}

/** A model recorded and laid out: addresses, but no memory yet. Throws an InputError where the memory cannot be had. */
export function planNetwork(name: string, options: NetworkOptions) {
  const model = MODELS[name];
  if (!model) throw new InputError(`There is no model "${name}": use ${Object.keys(MODELS).join(", ")}.`);
  const { batchSize, lastBatchSize = 0, evaluationBatch, explanationBatch = 0, imageSize, threads } = { evaluationBatch: EVALUATION_BATCH, ...options };
  const module = compileKernels(options.variant);
  const kernels = shapeFunctions(module);
  const store = createStore();
  const io = createIo(Math.max(batchSize, evaluationBatch, explanationBatch), imageSize);
  const train = (N: number) => (N > 0 ? recordTraining(store, kernels, model, io, N, imageSize) : []);
  const { prepare, evaluate } = recordEvaluation(store, kernels, model, io, evaluationBatch, imageSize);
  const explain = explanationBatch > 0 ? recordExplanation(store, kernels, model, io, explanationBatch, imageSize) : [];
  const plans = [train(batchSize), train(lastBatchSize), prepare, evaluate, explain];
  const regions = batchSize > 0 ? [store.gradients, store.moments1, store.moments2] : [];
  const layout = layOut(plans, [io.totals, io.optimizer, store.weights, store.running, ...regions], threads);
  checkMemory(name, layout.bytes, batchSize || options.evaluationBatch);
  return { module, store, io, plans, layout, evaluationBatch };
}

/** Plans the model, allocates its memory, starts its workers and sets the initial weights. */
export function createNetwork(name: string, options: NetworkOptions): Network {
  const { module, store, io, plans, layout, evaluationBatch } = planNetwork(name, options);
  const pages = Math.ceil(layout.bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const pool = createPool(module, memory, plans, layout, options.threads);
  const plan = { train: 0, trainLast: 1, prepare: 2, evaluate: 3, explain: 4 };
  const network = { name, store, io, pool, memory, plans, plan, evaluationBatch, options };
  initialize(network);
  return network;
}

/** wasm32 addresses 4 GiB. */
const MAX_BYTES = 2 ** 32;

/** `batchSize`: undefined where nobody could choose it. */
function checkMemory(name: string, bytes: number, batchSize: number | undefined): void {
  const mib = (n: number) => `${Math.ceil(n / 2 ** 20)} MiB`;
  const needs = `${name}${batchSize ? ` at batch size ${batchSize}` : ""} needs ${mib(bytes)} of memory`;
  if (bytes > MAX_BYTES) {
    throw new InputError(`${needs}, more than the ${mib(MAX_BYTES)} of a WebAssembly memory: use a smaller --batch-size.`);
  }
  if (bytes > availableMemory()) {
    throw new InputError(`${needs} and ${mib(availableMemory())} are free: ${batchSize ? "use a smaller --batch-size or " : ""}close other programs.`);
  }
}

/** PyTorch's initial values, each tensor from a random stream of its own; Adam's moments are zero. */
function initialize(network: Network): void {
  const { store, options } = network;
  [...store.parameters, ...store.statistics].forEach((entry, i) => {
    const values = new Float32Array(size(entry.shape));
    entry.init(values, createRng(options.seed, STREAMS.weights + i));
    writeEntry(network, entry, values);
  });
  new Float64Array(network.memory.buffer, network.io.optimizer.address, 5).set([options.lr, 0.9, 0.999, 1, 1]);
}

/** The packed floats of an entry, in one of the store's regions. */
export function packedView(network: Network, entry: Entry, region: Buffer): Float32Array {
  const { memory, store } = network;
  const start = region === store.gradients ? entry.offset - store.fused : entry.offset;
  if (start < 0) throw new Error(`${entry.name} is fused: its gradient is never stored`);
  return new Float32Array(memory.buffer, region.address + 4 * start, packedLength(entry.packing));
}

const regionOf = ({ store }: Network, entry: Entry): Buffer =>
  store.statistics.includes(entry) ? store.running : store.weights;

/** Weights or running statistics, in PyTorch's layout. */
export function readEntry(network: Network, entry: Entry, region = regionOf(network, entry)): Float32Array {
  return toTorch(packedView(network, entry, region), entry.packing);
}

export function writeEntry(
  network: Network, entry: Entry, values: ArrayLike<number>, region = regionOf(network, entry),
): void {
  fromTorch(packedView(network, entry, region), values, entry.packing);
}

/** Bytes of a slot buffer for the step of that parity. */
export function slotView(network: Network, slotBuffer: Buffer, slot: number): Uint8Array {
  const address = slotBuffer.address + slot * slotStride(slotBuffer.bytes);
  return new Uint8Array(network.memory.buffer, address, slotBuffer.bytes);
}
