// Continues training the open model on the user's images, or adapts it to them: the library's client, in a worker, so that the page stays
// responsive.
import type { ClassNames } from "../../data/types.js";
import type { TrainedModel } from "../../lib/browser-models.js";
import {
  type AdaptationFigures,
  adapt,
  type DatasetSource,
  modelFromState,
  openDataset,
  type TrainOptions,
  train,
} from "../../lib/train-browser.js";
import type { TrainingState, TrainingStep } from "../../lib/training.js";

/** The images, and the model file to start from. */
export interface Start extends DatasetSource {
  classes: ClassNames;
  file: Uint8Array;
}

export interface TrainingOrder extends Start {
  options: Omit<TrainOptions, "data" | "weights">;
}

export type Format = "safetensors" | "pulmo";
export interface AdaptOrder extends Start {
  threads: number;
}

export type TrainerOrder = { start: TrainingOrder } | { adapt: AdaptOrder } | { pause: true } | { go: true } | { save: Format };
/** `paused`: waits for { go }; `finished`: all epochs are done. */
export type TrainerAnswer =
  | { step: TrainingStep }
  /** Images that were scored so far. */
  | { scored: number }
  | { adapted: AdaptationFigures }
  | { paused: true }
  | { finished: true }
  | { saved: Blob }
  | { error: string };

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

/** All images are read once for their scores, then perhaps again for the statistics of unusual images. */
async function adaptTo({ images, classes, file, threads }: AdaptOrder): Promise<void> {
  const { train: split } = await openDataset({ images }, { classes });
  let read = 0;
  const told: typeof split = {
    ...split,
    read: (i, into) => {
      if (read < images.length) scope.postMessage({ scored: ++read });
      return split.read(i, into);
    },
  };
  const { model: adapted, ...figures } = await adapt({ file }, told, { threads });
  model = adapted;
  scope.postMessage({ adapted: figures });
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
  if ("adapt" in order) return adaptTo(order.adapt);
  if ("save" in order) return save(order.save);
  return "go" in order ? go() : pause();
}

scope.onmessage = ({ data }) =>
  void obey(data).catch((error: Error) => {
    const noMemory = error instanceof RangeError;
    scope.postMessage({ error: noMemory ? "the browser grants no more memory: use a smaller batch size" : error.message });
  });
