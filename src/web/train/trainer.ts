// Continues training a model file's model on the user's images, in a worker, so that the page stays responsive.
import type { Kernels } from "../../core/kernels.js";
import { findModel } from "../../core/models/index.js";
import { type ModelFile, normalizationOf, placeWeights, readModelFile } from "../../core/read-model-file.js";
import type { Trained } from "../../core/record.js";
import type { PixelRows } from "../../data/types.js";
import { createNetwork, loadKernels } from "../../lib/browser-network.js";
import { freshState, type StepReport, type Trainable, type TrainOptions, type TrainState, train } from "../../train/loop.js";
import { type Saved, savedModel, savedTensors } from "./saving.js";

export interface TrainingOrder {
  file: ArrayBuffer;
  /** imageSize x imageSize RGB per image. */
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
/** `paused`: waits for { go }; `finished`: all epochs are done. */
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
  shapes: Kernels;
}
let training: Training;

async function begin(order: TrainingOrder): Promise<Training> {
  const { images, labels, epochs, batchSize: wanted, lr, seed, trained } = order;
  const file = readModelFile(new Uint8Array(order.file));
  const model = findModel(String(file.metadata.model));
  if (!model) throw new Error(`Unknown model ${JSON.stringify(file.metadata.model)} in the model file.`);
  const kernels = await loadKernels();
  const batchSize = Math.min(wanted, images.length);
  const sizes = { batchSize, lastBatchSize: images.length % batchSize, evaluationBatch: 1, imageSize: file.imageSize };
  const network = await createNetwork(kernels, model, {
    ...{ ...sizes, trained, normalization: normalizationOf(file), threads: order.threads, seed, lr },
  });
  placeWeights(network, file);
  scope.postMessage({ begun: { threads: network.pool.threads } });
  const onStep = (step: StepReport) => scope.postMessage({ step });
  const options = { epochs, batchSize, seed, onStep };
  return { network, file, rows: rowsOf(images, labels), state: freshState(), options, shapes: kernels.shapes };
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

/** Number of training steps so far. */
const stepsOf = ({ state, rows, options }: Training): number =>
  state.history.length * Math.ceil(rows.images.length / options.batchSize) + state.step;

async function obey(order: TrainerOrder): Promise<void> {
  if ("start" in order) await go((training = await begin(order.start)));
  else if ("pause" in order) training.network.pool.stop();
  else if ("go" in order) await go(training);
  else {
    const { network, file, shapes } = training;
    const saved = order.save === "pulmo" ? savedModel(network, file, shapes) : savedTensors(network, file, stepsOf(training));
    scope.postMessage(
      { saved },
      saved.parts.map(({ buffer }) => buffer),
    );
  }
}

scope.onmessage = ({ data }) =>
  void obey(data).catch((error: Error) => {
    const noMemory = error instanceof RangeError;
    scope.postMessage({ error: noMemory ? "the browser grants no more memory: use a smaller batch size" : error.message });
  });
