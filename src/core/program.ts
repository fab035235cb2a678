// Records a model for its batch sizes: plans, parameters, and the buffers that the host fills and reads. Then assigns addresses.
import type { Kernels } from "./kernels.js";
import type { ModelDefinition, Normalization } from "./models/definition.js";
import { type Call, type Layout, layOut } from "./plan.js";
import { createIo, recordEvaluation, recordExplanation, recordTraining, type StepIo, type Trained } from "./record.js";
import { createStore, LEAST_EVALUATION_BATCH, type Store } from "./tape.js";

export interface ProgramOptions {
  /** Images per training step; 0: no training, and no memory for it. */
  batchSize: number;
  /** Images of the last, shorter step of an epoch; 0 if there is none. */
  lastBatchSize?: number;
  /** Images per evaluation step. */
  evaluationBatch?: number;
  /** Whether evaluation hands over the inputs of the last layer. */
  features?: boolean;
  /** Images per step of the explain plan; 0: no such plan. */
  explanationBatch?: number;
  /** Edge of the square images, in pixels. */
  imageSize: number;
  /** Edge of the smaller images of the plans `small` and `smallLast`; 0, or a model of one size only: no such plans. */
  smallSize?: number;
  /** Whether training steps augment their images; each step then needs transforms. */
  augment?: boolean;
  normalization?: Normalization | undefined;
  /** Parameters that training changes (default: all). */
  trained?: Trained;
}

/**
 *   train      a whole step; trainLast the same over the last, shorter batch
 *   small      the same with the images made smaller; smallLast likewise
 *   prepare    once before evaluate, after the weights have changed or another plan has run
 *   evaluate   pixels to logits
 *   explain    pixels to saliency maps
 */
export type PlanName = "train" | "trainLast" | "small" | "smallLast" | "prepare" | "evaluate" | "explain";

export interface Program {
  model: ModelDefinition;
  store: Store;
  io: StepIo;
  plans: Record<PlanName, Call[]>;
  options: Required<Omit<ProgramOptions, "normalization">> & Pick<ProgramOptions, "normalization">;
}

/** Images per evaluation step of many. */
export const EVALUATION_BATCH = 32;

/** Images per evaluation step for `count` images: a power of two, so that few surplus images are computed. */
export const evaluationBatchFor = (count: number): number =>
  Math.min(EVALUATION_BATCH, Math.max(LEAST_EVALUATION_BATCH, 2 ** Math.ceil(Math.log2(Math.max(1, count)))));

/** `pure`: an instance of the core, for its functions of shapes. */
export function recordProgram(model: ModelDefinition, pure: Kernels, given: ProgramOptions): Program {
  const fallbacks = {
    lastBatchSize: 0,
    evaluationBatch: EVALUATION_BATCH,
    explanationBatch: 0,
    features: false,
    augment: false,
    smallSize: 0,
  };
  const options = { ...fallbacks, trained: "all" as const, ...given };
  if (!model.anySize) options.smallSize = 0;
  const { batchSize, lastBatchSize, evaluationBatch, explanationBatch, imageSize, smallSize, augment, normalization, trained } =
    options;
  const store = createStore();
  const shared = createIo(Math.max(batchSize, evaluationBatch, explanationBatch), imageSize);
  const recording = { store, pure, model, io: shared, imageSize, augment, normalization, trained };
  const recorded = (N: number, size: number) => (N > 0 && size > 0 ? recordTraining(recording, N, size) : []);
  const [train, trainLast] = [batchSize, lastBatchSize].map((N) => recorded(N, imageSize));
  const [small, smallLast] = [batchSize, lastBatchSize].map((N) => recorded(N, smallSize));
  const { logits, features, ...evaluation } = recordEvaluation(recording, evaluationBatch, options.features);
  const { explain, maps } =
    explanationBatch > 0 ? recordExplanation(recording, explanationBatch) : { explain: [], maps: undefined };
  const io = { ...shared, logits, features, maps };
  return { model, store, io, plans: { train, trainLast, small, smallLast, ...evaluation, explain }, options };
}

/** Assigns addresses to all buffers. */
export function layOutProgram({ store, io, plans, options }: Program, threads: number): Layout {
  const regions = options.batchSize > 0 ? [store.gradients, store.moments1, store.moments2] : [];
  const { train, trainLast, small, smallLast, prepare, evaluate, explain } = plans;
  return layOut(
    [train, trainLast, small, smallLast, prepare, evaluate, explain],
    [io.totals, io.optimizer, store.weights, store.running, ...regions],
    threads,
  );
}

/** wasm32 addresses 4 GiB. */
export const MAX_BYTES = 2 ** 32;

/** Several threads need shared memory. Throws a RangeError if the memory cannot be allocated. */
export function allocate({ bytes }: Layout, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
}
