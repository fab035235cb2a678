// Records whole steps: pixels to updated weights, pixels to logits, pixels to saliency maps.
import { ADAM } from "./adam.js";
import { ADAM_STATE, STEP_REPORT, TRANSFORM } from "./kernel-table.js";
import type { Kernels } from "./kernels.js";
import { CLASS_COUNT, type Input, type ModelDefinition, type Normalization } from "./models/definition.js";
import type { Buffer, Call } from "./plan.js";
import { buffer, type Mode, type Store, Tape, type Tensor } from "./tape.js";

/** Buffers shared by the host and a plan: filled before a step (slots), read after it. */
export interface StepIo {
  /** uint8 pixels [N][size][size][3]. */
  bytes: Buffer;
  /** f32 [N][TRANSFORM], if training augments its images or makes them smaller: see assembly/augment.ts. */
  transforms: Buffer;
  /** f32 [N], likewise: see assembly/blur.ts. */
  sigmas: Buffer;
  /** One byte per image. */
  labels: Buffer;
  /** f32 [N][2], after an evaluation step. */
  logits: Buffer;
  /** f32 [N][width]: the inputs of the last layer, after an evaluation step; undefined if they are not asked for, or are the pixels. */
  features: Buffer | undefined;
  /** f32 [N][side][side], after an explain step; undefined without an explain plan. */
  maps: Buffer | undefined;
  /** f64 x 2: sum of losses, number of correct rows; accumulated by each training step. */
  totals: Buffer;
  /** f64 x 5: see adam.ts. */
  optimizer: Buffer;
  /** f64: factor of the learning rate in this step. */
  schedule: Buffer;
  /** f64 x 3: the step's mean loss, and the totals after it. */
  report: Buffer;
}

/** All except the outputs of evaluation and explanation. */
export function createIo(batchSize: number, imageSize: number): Omit<StepIo, "logits" | "features" | "maps"> {
  return {
    bytes: buffer("input bytes", batchSize * imageSize * imageSize * 3, "slot"),
    transforms: buffer("transforms", 4 * TRANSFORM * batchSize, "slot"),
    sigmas: buffer("sigmas", 4 * batchSize, "slot"),
    labels: buffer("labels", batchSize, "slot"),
    totals: buffer("totals", 16, "persistent"),
    optimizer: buffer("optimizer state", 8 * ADAM_STATE, "persistent"),
    schedule: buffer("schedule", 8, "slot"),
    report: buffer("report", 8 * STEP_REPORT, "slot"),
  };
}

/** Common inputs of all recordings of a model. */
export interface Recording {
  store: Store;
  /** The core's pure functions. */
  pure: Kernels;
  model: ModelDefinition;
  io: ReturnType<typeof createIo>;
  imageSize: number;
  /** Whether training steps augment their images. */
  augment: boolean;
  normalization: Normalization | undefined;
  /** Parameters that training changes. */
  trained: Trained;
}

/** All parameters and running statistics, or only the last layer. */
export type Trained = "all" | "classifier";

const tapeOf = ({ store, pure }: Recording, mode: Mode) => new Tape(store, pure, mode);
const inputOf = ({ io, imageSize, normalization }: Recording, N: number): Input => ({
  bytes: io.bytes,
  N,
  size: imageSize,
  normalization,
});

/** The images in size x size pixels, augmented by io.transforms and io.sigmas. */
function augmented(tape: Tape, input: Input, { transforms, sigmas }: Recording["io"], size: number): Input {
  const { bytes, N, size: given } = input;
  const [view, smooth] = ["augmented bytes", "smooth bytes"].map((name) => buffer(name, N * size * size * 3));
  const [from, to] = [
    { H: given, W: given },
    { OH: size, OW: size, samples: Math.ceil(given / size) },
  ];
  tape.forward(
    tape.call("augment", { out: view, input: bytes, transforms, ...from, ...to, tiles: N }, "augment"),
    tape.call("blur", { out: smooth, input: view, sigmas, H: size, W: size, tiles: N }, "blur"),
  );
  return { ...input, bytes: smooth, size };
}

/** The features with running statistics and without gradients. */
function frozenFeatures(tape: Tape, input: Input, recording: Recording): Tensor {
  const frozen = tapeOf(recording, "explain");
  const features = recording.model.features(frozen, input);
  tape.forward(...frozen.forwardCalls);
  return { ...features, grad: undefined };
}

/** The host reads the tensor after the step. */
const handedOver = ({ data }: Tensor): Buffer => Object.assign(data, { life: "slot" } as const);

/** Forward, mean cross-entropy, backward and Adam over N images of `size` x `size` pixels. */
export function recordTraining(recording: Recording, N: number, size: number): Call[] {
  const { store, model, io, imageSize, augment, trained } = recording;
  const tape = tapeOf(recording, "train");
  const input = inputOf(recording, N);
  const seen = augment || size !== imageSize ? augmented(tape, input, io, size) : input;
  const features = trained === "all" ? model.features(tape, seen) : frozenFeatures(tape, seen, recording);
  const before = tape.parameters.length;
  const logits = model.classify(tape, features);
  const { grad } = tape.gradient(logits);
  tape.forward(
    tape.call(
      "crossEntropy",
      { report: io.report, dlogits: grad, totals: io.totals, logits: logits.data, labels: io.labels, N, K: CLASS_COUNT },
      "loss",
    ),
  );
  const first = trained === "all" ? store.fused : tape.parameters[before].data.offset / 4;
  const count = store.weights.bytes / 4 - first;
  const rest = (region: Buffer, from = first) => ({ buffer: region, offset: 4 * from, bytes: 4 * count });
  const [w, m, v] = [store.weights, store.moments1, store.moments2].map((region) => rest(region));
  const g = rest(store.gradients, first - store.fused);
  const { hyper } = tape;
  return [
    ...tape.forwardCalls,
    tape.call("adamStep", { hyper, state: io.optimizer, schedule: io.schedule }, "adam step"),
    ...tape.backwardCalls(),
    tape.call("adam", { w, m, v, g, hyper, count, eps: ADAM.eps }, "adam"),
  ];
}

/**
 * Forward with running statistics, up to the logits of N images; and the calls to prepare after the weights have changed.
 * `wanted`: the host also reads the inputs of the last layer.
 */
export function recordEvaluation(
  recording: Recording,
  N: number,
  wanted: boolean,
): { prepare: Call[]; evaluate: Call[]; logits: Buffer; features: Buffer | undefined } {
  const tape = tapeOf(recording, "evaluate");
  const inputs = recording.model.features(tape, inputOf(recording, N));
  const logits = handedOver(recording.model.classify(tape, inputs));
  const features = wanted && !inputs.bytes ? handedOver(inputs) : undefined;
  return { prepare: tape.prepareCalls, evaluate: tape.forwardCalls, logits, features };
}

/** Forward with running statistics, and a saliency map for each of N images. */
export function recordExplanation(recording: Recording, N: number): { explain: Call[]; maps: Buffer } {
  const tape = tapeOf(recording, "explain");
  const maps = handedOver(recording.model.explain(tape, inputOf(recording, N)));
  return { explain: tape.forwardCalls, maps };
}
