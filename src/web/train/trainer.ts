// Continues training the open model on the user's images: the library's client, in a worker, so that the page stays responsive.
import type { ClassNames } from "../../data/types.js";
import type { TrainedModel } from "../../lib/browser-models.js";
import { type DatasetSource, modelFromState, openDataset, type TrainOptions, train } from "../../lib/train-browser.js";
import type { TrainingState, TrainingStep } from "../../lib/training.js";

export interface TrainingOrder extends DatasetSource {
  classes: ClassNames;
  /** The model file to start from. */
  file: Uint8Array;
  options: Omit<TrainOptions, "data" | "weights">;
}

export type Format = "safetensors" | "pulmo";
export type TrainerOrder = { start: TrainingOrder } | { pause: true } | { go: true } | { save: Format };
/** `paused`: waits for { go }; `finished`: all epochs are done. */
export type TrainerAnswer = { step: TrainingStep } | { paused: true } | { finished: true } | { saved: Blob } | { error: string };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<TrainerOrder>) => void;
  postMessage(answer: TrainerAnswer): void;
};

let options: TrainOptions;
let controller: AbortController;
let state: TrainingState | undefined;
let model: TrainedModel | undefined;

async function open({ images, classes, file, options: chosen }: TrainingOrder): Promise<void> {
  options = { ...chosen, data: await openDataset({ images }, { classes }), weights: { file } };
}

/** Trains until the end or a pause. */
async function go(): Promise<void> {
  controller = new AbortController();
  const { signal } = controller;
  const training = train({ ...options, state, signal });
  try {
    for await (const step of training) scope.postMessage({ step });
    model = await training.result;
    scope.postMessage({ finished: true });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    // Without a state of its own, the training was aborted before it began.
    state = training.state ?? state;
    scope.postMessage({ paused: true });
  }
}

async function save(format: Format): Promise<void> {
  const saved = model ?? (await modelFromState(state!));
  scope.postMessage({ saved: await saved.toBlob(`model.${format}`) });
}

async function pause(): Promise<void> {
  controller.abort();
}

/** Not async, so that an order's images can be freed while the training runs. */
function obey(order: TrainerOrder): Promise<void> {
  if ("start" in order) return open(order.start).then(go);
  if ("save" in order) return save(order.save);
  return "go" in order ? go() : pause();
}

scope.onmessage = ({ data }) =>
  void obey(data).catch((error: Error) => {
    const noMemory = error instanceof RangeError;
    scope.postMessage({ error: noMemory ? "the browser grants no more memory: use a smaller batch size" : error.message });
  });
