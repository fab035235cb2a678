// `adapt`: fits a model to the images of another hospital, and writes it as a new file.

import { InputError } from "../../core/errors.js";
import { lastLayer as lastLayerOf } from "../../core/parameters.js";
import { readEntry, writeEntry } from "../../core/values.js";
import { CLASSES, type ClassNames, type PixelRows } from "../../data/types.js";
import { imagesOfPatients } from "../../eval/adaptation.js";
import { ADAPTATIONS, type Chosen, chooseAdaptation, FEWEST_IMAGES, thresholdOf } from "../../eval/choose-adaptation.js";
import { fitConformal } from "../../eval/conformal.js";
import { logOddsOf } from "../../eval/log-odds.js";
import { splitMetrics } from "../../eval/metrics.js";
import type { AdaptationFigures } from "../../report/adaptation-text.js";
import { IMAGE_SIZE } from "../../settings/recipes.js";
import { saveModel } from "../../train/checkpoint.js";
import { evaluate, featureWidth } from "../../train/evaluate.js";
import type { Network } from "../../train/network.js";
import { fitUnusual } from "../../train/unusual.js";
import type { Caller } from "../caller.js";
import { type ModelFacts, toMetadata } from "../model-facts.js";
import type { OpenedModel } from "./open-checkpoint.js";
import { withBar } from "./predictions.js";

export interface AdaptedModel extends AdaptationFigures {
  threshold: number;
  /** Whether the file has new statistics: of unusual images, and scores for decisions with an error rate. */
  refitted: { unusual: boolean; conformal: boolean };
}

/** Throws an InputError if there are too few images for any fit. `opened`: with the option `features`. */
export async function adaptModel(opened: OpenedModel, rows: PixelRows, out: string, caller: Caller): Promise<AdaptedModel> {
  const { network, facts } = opened;
  const classes = facts.classes ?? CLASSES;
  const labels = rows.images.map(({ label }) => label);
  const patients = rows.images.map(({ patient, group }) => patient ?? group);
  const counts: [number, number] = [0, 0];
  for (const label of labels) counts[label]++;
  requireImages(counts, classes);
  const width = featureWidth(network);
  const values = width > 0 ? new Float32Array(rows.images.length * width) : undefined;
  const shown = withBar(rows, `${network.model.name} on ${rows.images.length} images`, caller);
  const logOdds = await evaluate(network, shown.rows, { signal: caller.signal, features: values }).finally(shown.stop);
  const threshold = logOddsOf(facts.threshold);
  const features = values && { values, width };
  const chosen = chooseAdaptation({ labels, logOdds, patients, features }, threshold);
  applyTo(network, chosen);
  const { crossValidated } = chosen;
  const fitted = {
    threshold: thresholdOf(chosen),
    unusual: await fitUnusual(rows, IMAGE_SIZE),
    conformal: fitConformal(labels, crossValidated.logOdds),
  };
  const people = imagesOfPatients(patients).length;
  const done = chosen.trials.flatMap(({ adaptation, taken }) => (taken ? [adaptation] : []));
  const adapted = JSON.stringify({ images: labels.length, patients: people, counts, taken: done });
  const newFacts: ModelFacts = { ...facts, ...fitted, unusual: fitted.unusual ?? facts.unusual, adapted };
  await saveModel(network, out, 0, { format: "pt", model: network.model.name, ...toMetadata(newFacts) });
  const files = rows.images.map(({ file }) => file);
  return {
    images: labels.length,
    patients: people,
    counts,
    classes,
    trials: chosen.trials,
    before: splitMetrics(
      labels,
      logOdds.map((x) => x - threshold),
      files,
    ),
    after: splitMetrics(
      labels,
      crossValidated.logOdds.map((x, i) => x - crossValidated.thresholds[i]),
      files,
    ),
    threshold: fitted.threshold,
    refitted: { unusual: fitted.unusual !== undefined, conformal: fitted.conformal !== undefined },
  };
}

function requireImages(counts: [number, number], classes: ClassNames): void {
  const fewest = FEWEST_IMAGES[ADAPTATIONS[0]];
  const few = counts.findIndex((count) => count < fewest);
  if (few < 0) return;
  throw new InputError(
    `There are ${counts[few]} images of ${classes[few]}, and adapt needs at least ${fewest} of each class: add images.`,
  );
}

/** Log-odds are the difference of the last layer's two outputs: each takes half of a change. */
function applyTo(network: Network, { lastLayer, affine }: Pick<Chosen, "lastLayer" | "affine">): void {
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
  writeEntry(network, weight, w);
  writeEntry(network, bias, b);
}
