// Records whole steps: pixels to updated weights, and pixels to probabilities.
import type { Kernels } from "./kernels.js";
import type { Buffer, Call } from "./plan.js";
import type { ModelDefinition } from "./models/index.js";
import { ADAM_EPS, buffer, Tape, type Store } from "./tape.js";

export const CLASS_COUNT = 2;

/** What the main thread and a plan share: filled before a step (slots), read after it. */
export interface StepIo {
  /** uint8 pixels [N][size][size][3]. */
  bytes: Buffer;
  /** A byte a row. */
  labels: Buffer;
  /** f32 [N][2], after an evaluation step. */
  probabilities: Buffer;
  /** f32 [N][side][side], after a step that explains; undefined where there is no plan for one. */
  maps: Buffer | undefined;
  /** f64 x 2: sum of losses, number of correct rows; added to by each training step. */
  totals: Buffer;
  /** f64 x 5: lr, beta1, beta2, beta1^t, beta2^t. */
  optimizer: Buffer;
  /** f32: mean loss of the step. */
  loss: Buffer;
}

export function createIo(batchSize: number, imageSize: number): StepIo {
  return {
    bytes: buffer("input bytes", batchSize * imageSize * imageSize * 3, "slot"),
    labels: buffer("labels", batchSize, "slot"),
    probabilities: buffer("probabilities", batchSize * CLASS_COUNT * 4, "slot"),
    maps: undefined,
    totals: buffer("totals", 16, "persistent"),
    optimizer: buffer("optimizer state", 40, "persistent"),
    loss: buffer("loss", 4, "slot"),
  };
}

/** Forward, mean cross-entropy, backward and Adam over N images. */
export function recordTraining(
  store: Store, kernels: Kernels, model: ModelDefinition, io: StepIo, N: number, imageSize: number,
): Call[] {
  const tape = new Tape(store, kernels, true);
  const logits = model.record(tape, { bytes: io.bytes, N, size: imageSize });
  tape.gradient(logits);
  tape.forward({
    kernel: "crossEntropy", label: "loss", tiles: 1,
    args: [io.loss, logits.grad!, io.totals, logits.data, io.labels, N, CLASS_COUNT],
  });
  const { fused } = store;
  const count = store.weights.bytes / 4 - fused;
  const rest = (region: Buffer) => ({ buffer: region, offset: 4 * fused });
  return [
    ...tape.forwardCalls,
    { kernel: "adamStep", label: "adam step", tiles: 1, args: [tape.hyper, io.optimizer] },
    ...tape.backwardCalls(),
    {
      kernel: "adam", label: "adam", tiles: kernels.adamTiles(count), bytes: 28 * count,
      args: [
        rest(store.weights), rest(store.moments1), rest(store.moments2), store.gradients, tape.hyper, count, ADAM_EPS,
      ],
    },
  ];
}

/** Forward with running statistics, and softmax, over N images; and what to prepare when the weights have changed. */
export function recordEvaluation(
  store: Store, kernels: Kernels, model: ModelDefinition, io: StepIo, N: number, imageSize: number,
): { prepare: Call[]; evaluate: Call[] } {
  const tape = new Tape(store, kernels, false);
  const logits = model.record(tape, { bytes: io.bytes, N, size: imageSize });
  tape.forward({
    kernel: "softmax", label: "softmax", tiles: 1, args: [io.probabilities, logits.data, N, CLASS_COUNT],
  });
  return { prepare: tape.prepareCalls, evaluate: tape.forwardCalls };
}

/** Forward with running statistics, and a map for each of N images of what the model looks at. */
export function recordExplanation(
  store: Store, kernels: Kernels, model: ModelDefinition, io: StepIo, N: number, imageSize: number,
): Call[] {
  const tape = new Tape(store, kernels, false, true);
  const map = model.explain(tape, { bytes: io.bytes, N, size: imageSize });
  io.maps = Object.assign(map.data, { life: "slot" } as const);
  return tape.forwardCalls;
}
