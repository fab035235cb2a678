// The state of an aborted training: taken from a network, put back into one, made into a model.
import { InputError } from "../core/errors.js";
import type { ModelDefinition } from "../core/models/definition.js";
import { hiddenWidths } from "../core/models/dnn.js";
import { findModel } from "../core/models/index.js";
import { align } from "../core/plan.js";
import { optimizerState } from "../core/values.js";
import type { Trainable, TrainState } from "../train/loop.js";
import { type Expected, parseTraining } from "../train/training-state.js";
import type { SessionRequest } from "./session.js";
import type { StoredModel } from "./stored-model.js";
import type { TrainingState } from "./training.js";

const regionsOf = ({ store }: Trainable) => [store.weights, store.running, store.moments1, store.moments2];

export function stateOf(
  network: Trainable,
  state: TrainState,
  request: SessionRequest,
  { file, trainSteps }: Pick<TrainingState, "file" | "trainSteps">,
): TrainingState {
  const copy = ({ address, bytes }: { address: number; bytes: number }) =>
    Uint8Array.from(new Uint8Array(network.memory.buffer, address, bytes));
  return {
    model: request.definition.name,
    settings: fingerprintOf(request),
    progress: JSON.stringify({ state, optimizer: [...optimizerState(network)] }),
    regions: regionsOf(network).map(copy),
    ...{ file, trainSteps },
  };
}

/** Identifies a training: it must be equal when the training continues. */
function fingerprintOf({ definition, settings, splits, trained }: SessionRequest): string {
  const { recipe, epochs, smallEpochs, batchSize, lr, seed } = settings;
  const { images } = splits.train;
  return JSON.stringify({
    model: definition.name,
    recipe,
    epochs,
    smallEpochs,
    batchSize,
    lr,
    seed,
    trained,
    images: images.length,
  });
}

/** Restores an aborted training into the network's memory. Throws an InputError if the state belongs to another training. */
export function restore(
  network: Trainable,
  { settings, progress, regions }: TrainingState,
  request: SessionRequest,
  expected: Expected,
): TrainState {
  const saved = settings === fingerprintOf(request) ? parseTraining(progress, expected) : undefined;
  const places = regionsOf(network);
  if (!saved || places.some(({ bytes }, i) => regions[i]?.length !== bytes)) {
    throw new InputError("The state belongs to another training: use the same model, settings and images.");
  }
  places.forEach(({ address }, i) => void new Uint8Array(network.memory.buffer).set(regions[i], address));
  optimizerState(network).set(saved.optimizer);
  return saved.state;
}

/** The model with the weights of the state. Throws an InputError if the state is damaged, or its model is unknown. */
export function storedFromState(state: TrainingState, definition?: ModelDefinition): StoredModel {
  const [weights, running] = state?.regions ?? [];
  if (!weights || !running || !state.file) {
    throw new InputError("This is not the state of a training: use the `state` of an aborted training.");
  }
  const found = definition ?? findModel(state.model, hiddenWidths(state.file.metadata.hidden));
  if (found?.name !== state.model) {
    throw new InputError(`The state belongs to the model ${JSON.stringify(state.model)}: give its definition.`);
  }
  // As in a model file: each region starts at an aligned offset.
  const bytes = new Uint8Array(align(weights.length) + align(running.length));
  bytes.set(weights);
  bytes.set(running, align(weights.length));
  return {
    definition: found,
    contents: { ...state.file, weights: bytes, weightBytes: bytes.length, int8: false },
    trainSteps: state.trainSteps,
  };
}
