// Fits a model to the images of another hospital, in memory and in any runtime.
import { InputError } from "../core/errors.js";
import { lastLayer as lastLayerOf } from "../core/parameters.js";
import { evaluationBatchFor } from "../core/program.js";
import { normalizationOf, placeWeights } from "../core/read-model-file.js";
import { readEntry, writeEntry } from "../core/values.js";
import { patientOf } from "../data/names.js";
import { CLASSES, type ClassNames, type PixelRows } from "../data/types.js";
import { patientsByClass } from "../eval/adaptation.js";
import { type AdaptationFigures, adaptationFigures } from "../eval/adaptation-figures.js";
import { ADAPTATIONS, type Chosen, chooseAdaptation, FEWEST_PATIENTS } from "../eval/choose-adaptation.js";
import { fitConformal } from "../eval/conformal.js";
import { logOddsOf, probability } from "../eval/log-odds.js";
import { checkScores } from "../eval/scores.js";
import { evaluate, featureWidth } from "../train/evaluate.js";
import type { Trainable } from "../train/loop.js";
import { fitUnusual, watchUnusual } from "../train/unusual.js";
import type { Runtime } from "./runtime.js";
import { factsOf, type StoredModel, weightsOf } from "./stored-model.js";

export interface AdaptRequest {
  rows: PixelRows;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** Throws an InputError if there are images of too few patients for any fit. */
export async function adaptInMemory(
  runtime: Runtime,
  stored: StoredModel,
  { rows, threads, signal }: AdaptRequest,
): Promise<{ model: StoredModel; figures: AdaptationFigures }> {
  const { definition, contents } = stored;
  const facts = factsOf(stored);
  const { classes = CLASSES } = facts;
  const { images } = rows;
  const labels = images.map(({ label }) => label);
  const patients = images.map((image) => patientOf(image) ?? undefined);
  requirePatients(patientsByClass(labels, patients), classes);
  const { imageSize } = contents;
  const network = await runtime.createNetwork(definition, {
    ...{ batchSize: 0, evaluationBatch: evaluationBatchFor(images.length), imageSize, features: true },
    ...{ normalization: normalizationOf(contents), threads, seed: 0, lr: 0 },
  });
  try {
    placeWeights(network, contents);
    const width = featureWidth(network);
    const values = width > 0 ? new Float32Array(images.length * width) : undefined;
    const watched = facts.unusual && watchUnusual(rows, imageSize, facts.unusual);
    const logOdds = await evaluate(network, watched?.rows ?? rows, { signal, features: values });
    checkScores(labels, logOdds);
    const threshold = logOddsOf(facts.threshold);
    const features = values && { values, width };
    const chosen = chooseAdaptation({ labels, logOdds, patients, features }, threshold);
    const conformal = fitConformal(labels, chosen.crossValidated.logOdds);
    const unusual = await fitUnusual(rows, imageSize);
    const thresholds = {
      before: facts.threshold,
      after: chosen.threshold === undefined ? facts.threshold : probability(chosen.threshold),
    };
    const figures = adaptationFigures({
      ...{ images, patients, classes, logOdds, chosen, threshold, thresholds, unusual: watched?.found() },
      conformal: { before: facts.conformal, after: conformal },
      refitted: { unusual: unusual !== undefined, conformal: conformal !== undefined },
    });
    applyTo(network, chosen);
    const weights = weightsOf(network);
    const metadata = { ...contents.metadata, ...(conformal && { conformal }), adapted: recordOf(figures) };
    const model: StoredModel = {
      ...stored,
      contents: {
        ...contents,
        ...{ metadata, threshold: thresholds.after, unusual: unusual ?? contents.unusual },
        ...{ weights, weightBytes: weights.length, int8: false },
      },
    };
    return { model, figures };
  } finally {
    await network.pool.close();
  }
}

function requirePatients(found: [number, number], classes: ClassNames): void {
  const fewest = FEWEST_PATIENTS[ADAPTATIONS[0]];
  const few = found.findIndex((count) => count < fewest);
  if (few < 0) return;
  throw new InputError(
    `There are images of ${found[few]} patients of ${classes[few]}, and adapt needs at least ${fewest} of each class: add images of other patients.`,
  );
}

/** What a model file says that was done. */
function recordOf({ images, patients, counts, trials }: AdaptationFigures): string {
  const taken = trials.flatMap(({ adaptation, taken }) => (taken ? [adaptation] : []));
  return JSON.stringify({ images, patients, counts, taken });
}

/** Log-odds are the difference of the last layer's two outputs: each takes half of a change. */
function applyTo(network: Trainable, { lastLayer, affine }: Pick<Chosen, "lastLayer" | "affine">): void {
  const [weight, bias] = lastLayerOf(network.store);
  const w = readEntry(network, weight);
  const b = readEntry(network, bias);
  const width = w.length / 2;
  if (lastLayer) {
    for (let j = 0; j < width; j++) {
      w[j] -= lastLayer.weights[j] / 2;
      w[width + j] += lastLayer.weights[j] / 2;
    }
    b[0] -= lastLayer.offset / 2;
    b[1] += lastLayer.offset / 2;
  }
  if (affine) {
    w.forEach((value, j) => (w[j] = value * affine.scale));
    b.forEach((value, k) => (b[k] = value * affine.scale + (k === 1 ? 0.5 : -0.5) * affine.offset));
  }
  if (!lastLayer && !affine) return;
  writeEntry(network, weight, w);
  writeEntry(network, bias, b);
}

/** The rows of several splits, one after the other. */
export function joined(splits: readonly PixelRows[]): PixelRows {
  const places = splits.flatMap((split) => split.images.map((image, i) => ({ split, i, image })));
  return {
    images: places.map(({ image }) => image),
    rowBytes: splits[0].rowBytes,
    read: (row, into) => places[row].split.read(places[row].i, into),
  };
}

/** Throws an InputError unless the images have the names of the model's classes. */
export function checkClasses(model: ClassNames = CLASSES, images: ClassNames): void {
  if (model.join().normalize() === images.join().normalize()) return;
  throw new InputError(
    `The model's classes are ${model.join(" and ")}, but the dataset's are ${images.join(" and ")}: open it with the model's classes.`,
  );
}
