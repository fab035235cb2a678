// Trains a model file's model on images of a person's own, in a worker: the page stays free.

import { instantiate } from "../../core/kernels.js";
import { findModel } from "../../core/models/index.js";
import { allocate, layOutProgram, type PlanName, recordProgram } from "../../core/program.js";
import { type ModelFile, normalizationOf, placeWeights, readModelFile } from "../../core/read-model-file.js";
import type { Trained } from "../../core/record.js";
import { initialize } from "../../core/values.js";
import type { PixelRows } from "../../data/types.js";
import { freshState, type StepReport, type Trainable, type TrainOptions, type TrainState, train } from "../../train/loop.js";
import { ownPool, sharedPool } from "./pools.js";
import { type Saved, savedModel, savedTensors } from "./saving.js";

export interface TrainingOrder {
  file: ArrayBuffer;
  /** imageSize x imageSize RGB each. */
  images: Uint8Array<ArrayBuffer>[];
  labels: (0 | 1)[];
  trained: Trained;
  epochs: number;
  batchSize: number;
  lr: number;
  seed: number;
  threads: number;
}

export type TrainerOrder = { start: TrainingOrder } | { pause: true } | { go: true } | { save: "safetensors" | "pulmo" };
/** `paused`: it waits for { go }; `finished`: nothing is left to do. */
export type TrainerAnswer =
  | { step: StepReport }
  | { begun: { threads: number } }
  | { paused: true }
  | { finished: true }
  | { saved: Saved }
  | { error: string };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<TrainerOrder>) => void;
  postMessage(answer: TrainerAnswer, transfer?: Transferable[]): void;
};

interface Training {
  network: Trainable;
  file: ModelFile;
  rows: PixelRows;
  state: TrainState;
  options: TrainOptions;
  module: WebAssembly.Module;
}
let training: Training;

async function begin(order: TrainingOrder): Promise<Training> {
  const { images, labels, epochs, batchSize: wanted, lr, seed, trained } = order;
  const file = readModelFile(new Uint8Array(order.file));
  const model = findModel(String(file.metadata.model));
  if (!model) throw new Error("The model file's network is not known here.");
  const shared = self.crossOriginIsolated;
  const threads = shared ? order.threads : 1;
  const core = await fetch(shared ? "simd.wasm" : "unshared.wasm");
  const module = await WebAssembly.compile(await core.arrayBuffer());
  const pure = instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared }));
  const batchSize = Math.min(wanted, images.length);
  const { imageSize } = file;
  const program = recordProgram(model, pure, {
    ...{ batchSize, lastBatchSize: images.length % batchSize, evaluationBatch: 1, imageSize, trained },
    normalization: normalizationOf(file),
  });
  const layout = layOutProgram(program, threads);
  const memory = allocate(layout, shared);
  const pool = await (shared ? sharedPool : ownPool)<PlanName>({ module, memory, plans: program.plans, layout, threads });
  const network = { ...program, memory, pool };
  initialize(network, seed, lr);
  placeWeights(network, file);
  scope.postMessage({ begun: { threads } });
  const onStep = (step: StepReport) => scope.postMessage({ step });
  const options = { epochs, batchSize, seed, onStep };
  return { network, file, rows: rowsOf(images, labels), state: freshState(), options, module };
}

const rowsOf = (images: Uint8Array[], labels: (0 | 1)[]): PixelRows => ({
  images: labels.map((label, i) => ({ file: String(i), split: "train", label, bytes: 0, mtimeMs: 0 })),
  rowBytes: images[0].length,
  read: async (row, into) => into.set(images[row]),
});

async function go({ network, rows, state, options }: Training): Promise<void> {
  const paused = await train(network, rows, state, options);
  scope.postMessage(paused ? { paused } : { finished: true });
}

/** All steps so far. */
const stepsOf = ({ state, rows, options }: Training): number =>
  state.history.length * Math.ceil(rows.images.length / options.batchSize) + state.step;

async function obey(order: TrainerOrder): Promise<void> {
  if ("start" in order) await go((training = await begin(order.start)));
  else if ("pause" in order) training.network.pool.stop();
  else if ("go" in order) await go(training);
  else {
    const { network, file, module } = training;
    const saved = order.save === "pulmo" ? savedModel(network, file, module) : savedTensors(network, file, stepsOf(training));
    scope.postMessage(
      { saved },
      saved.parts.map(({ buffer }) => buffer),
    );
  }
}

scope.onmessage = ({ data }) =>
  void obey(data).catch((error: Error) => {
    const noMemory = error instanceof RangeError;
    scope.postMessage({ error: noMemory ? "the browser grants no more memory: use fewer images a step" : error.message });
  });
