// Training and evaluation in memory, in any runtime.
import { InputError } from "../core/errors.js";
import type { ModelDefinition, Normalization } from "../core/models/definition.js";
import { findModel, MODELS } from "../core/models/index.js";
import { evaluationBatchFor } from "../core/program.js";
import { type ModelFile, normalizationOf, placeWeights } from "../core/read-model-file.js";
import type { Trained } from "../core/record.js";
import { CLASSES, type PixelRows, type Split } from "../data/types.js";
import { type Conformal, decisions } from "../eval/conformal.js";
import { checkChoices, type Evaluation, evaluationOf } from "../eval/evaluation.js";
import type { EpochResults } from "../results/metrics.js";
import { fileMetadata, type ModelFacts, THRESHOLD } from "../run/model-facts.js";
import { IMAGE_SIZE, recipeOf, SMALL_SIZE } from "../settings/recipes.js";
import { withoutLayers } from "../settings/resolve.js";
import { loopOptions, type Settings } from "../settings/settings.js";
import { evaluate } from "../train/evaluate.js";
import { freshState, type Trainable, type TrainOptions, train } from "../train/loop.js";
import { fitUnusual, watchUnusual } from "../train/unusual.js";
import { calibrate, validate, validationScores } from "../train/validation.js";
import type { Runtime } from "./runtime.js";
import { restore, stateOf } from "./session-state.js";
import { type FileFacts, factsOf as modelFacts, type StoredModel, weightsOf } from "./stored-model.js";
import type { TrainingEvents, TrainingState } from "./training.js";

export type { Evaluation } from "../eval/evaluation.js";

/** The definition of one of pulmo's models by its name, or the given definition. `further`: the hidden layers of a model to train further. Throws an InputError if the name is unknown. */
export function definitionOf(
  model: string | ModelDefinition | undefined,
  hidden: readonly number[] | undefined,
  further: readonly number[] | undefined,
): ModelDefinition {
  if (typeof model === "object") {
    if (hidden) throw withoutLayers("a definition of your own");
    return model;
  }
  const found = findModel(String(model), hidden ?? further);
  if (found) return found;
  throw new InputError(
    `There is no model ${JSON.stringify(model)}: use ${MODELS.map(({ name }) => name).join(", ")}, or a definition.`,
  );
}

export interface SessionRequest {
  definition: ModelDefinition;
  settings: Settings;
  splits: Record<Split, PixelRows>;
  threads: number;
  signal?: AbortSignal | undefined;
  /** Continues an aborted training. */
  state?: TrainingState | undefined;
  /** A model to train further. Its normalization and threshold are kept, because its weights expect them. */
  further?: ModelFile | undefined;
  /** Sets other initial weights. */
  start?: ((network: Trainable) => void) | undefined;
  /** Which parameters are trained; default: all. */
  trained?: Trained | undefined;
}

export interface SessionResult {
  model: StoredModel;
  /** Metrics of every epoch. */
  history: EpochResults[];
}

/** Images per step, and the numbers derived from them. */
function sizesOf({ settings: { batchSize, track }, splits: { train, val, test } }: SessionRequest) {
  const images = train.images.length;
  if (images === 0) throw new InputError("The dataset has no training images: add images to the split train.");
  const size = Math.min(batchSize, images);
  const scored = Math.max(val.images.length, track ? test.images.length : 0);
  const sizes = { batchSize: size, lastBatchSize: images % size, evaluationBatch: evaluationBatchFor(scored) };
  return { ...sizes, steps: Math.ceil(images / size) };
}

/** The recipe that a model's file states after it was trained further. */
const FINE_TUNED = "fine-tuned";

const inputOf = ({ further, settings }: SessionRequest): Normalization | undefined =>
  further ? normalizationOf(further) : recipeOf(settings.recipe).normalization;

/** Everything in the model's file but the weights. */
function factsOf(
  request: SessionRequest,
  version: string,
  fitted: Pick<ModelFacts, "temperature" | "conformal"> = {},
): FileFacts {
  const { definition, settings, further } = request;
  const { classes, recipe } = settings;
  const facts = { classes, recipe: further ? FINE_TUNED : recipe, normalization: inputOf(request), ...fitted };
  const metadata = fileMetadata(definition, facts, version);
  return {
    ...{ imageSize: IMAGE_SIZE, threshold: further?.threshold ?? THRESHOLD },
    metadata: JSON.parse(JSON.stringify(metadata)) as Record<string, unknown>,
  };
}

/** Trains a model. On abort, passes the state to `events` and throws the signal's reason. */
export async function trainInMemory(runtime: Runtime, request: SessionRequest, events: TrainingEvents): Promise<SessionResult> {
  const { definition, settings, splits, threads, signal, trained = "all", further } = request;
  const { epochs, smallEpochs, lr, seed } = settings;
  const { augmentation, calibrated, rescaledValidation } = recipeOf(settings.recipe);
  signal?.throwIfAborted();
  const { steps, ...sizes } = sizesOf(request);
  const network = await runtime.createNetwork(definition, {
    ...{
      ...sizes,
      imageSize: IMAGE_SIZE,
      smallSize: smallEpochs ? SMALL_SIZE : 0,
      augment: augmentation !== undefined,
      normalization: inputOf(request),
      trained,
    },
    ...{ threads, seed, lr },
  });
  try {
    if (further) placeWeights(network, further);
    request.start?.(network);
    const state = request.state ? restore(network, request.state, request, { epochs, steps, lr }) : freshState();
    const sets = {
      val: splits.val,
      ...(rescaledValidation !== undefined && { valRescaled: runtime.rescale(splits.val, rescaledValidation) }),
      ...(settings.track && { test: splits.test }),
    };
    const options: TrainOptions = {
      ...{ ...loopOptions(settings), batchSize: sizes.batchSize, seed, signal },
      onStep: (report) => events.onStep(report, definition.name),
      onEpoch: async (_, result) => void Object.assign(result, await validate(network, sets)),
    };
    if (await train(network, splits.train, state, options)) {
      const trainSteps = state.history.length * steps + state.step;
      const file = factsOf(request, runtime.version, { conformal: await validationScores(network, sets) });
      events.onState(stateOf(network, state, request, { file, trainSteps }));
      signal?.throwIfAborted();
    }
    const temperature = calibrated ? await calibrate(network, sets) : undefined;
    const unusual = (await fitUnusual(splits.train, IMAGE_SIZE)) ?? further?.unusual;
    const weights = weightsOf(network);
    const facts = factsOf(request, runtime.version, { temperature, conformal: await validationScores(network, sets) });
    const contents = { ...facts, weights, weightBytes: weights.length, int8: false, unusual };
    return { model: { definition, contents, trainSteps: epochs * steps }, history: state.history };
  } finally {
    await network.pool.close();
  }
}

export interface EvaluateRequest {
  rows: PixelRows;
  threads: number;
  signal?: AbortSignal | undefined;
  /** Decision threshold on the probability of class 1; default: the model's. */
  threshold?: number | undefined;
  /** Also report the threshold that reaches this recall on the images. */
  targetRecall?: number | undefined;
  errorRate?: number | undefined;
}

/** Scores the images with the model. */
export async function evaluateInMemory(
  runtime: Runtime,
  stored: StoredModel,
  { rows, threads, signal, threshold, targetRecall, errorRate }: EvaluateRequest,
): Promise<Evaluation> {
  const { definition, contents } = stored;
  const { images } = rows;
  checkChoices({ threshold, targetRecall });
  const conformal = errorRate === undefined ? undefined : usableConformal(stored, errorRate);
  if (images.length === 0) throw new InputError("The split has no images: choose another split.");
  const { imageSize } = contents;
  const network = await runtime.createNetwork(definition, {
    ...{ batchSize: 0, evaluationBatch: evaluationBatchFor(images.length), imageSize },
    ...{ normalization: normalizationOf(contents), threads, seed: 0, lr: 0 },
  });
  try {
    placeWeights(network, contents);
    const watched = contents.unusual && watchUnusual(rows, imageSize, contents.unusual);
    const logOdds = await evaluate(network, watched?.rows ?? rows, { signal });
    const choices = { threshold: threshold ?? contents.threshold, targetRecall, errorRate, conformal };
    return evaluationOf(images, logOdds, { ...choices, unusual: watched?.found() });
  } finally {
    await network.pool.close();
  }
}

/** Throws an InputError if the model's validation images do not allow the error rate. */
function usableConformal(stored: StoredModel, errorRate: number): Conformal | undefined {
  const { conformal, classes = CLASSES } = modelFacts(stored);
  decisions(conformal, errorRate, classes);
  return conformal;
}
