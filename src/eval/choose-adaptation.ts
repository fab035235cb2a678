// Which fits for another hospital are worth it: each is compared, on images that it was not fitted on, with the best one so far.
import {
  type Affine,
  type Featured,
  fitAffine,
  fitLastLayer,
  fitThreshold,
  type LastLayerChange,
  patientFolds,
  patientsByClass,
} from "./adaptation.js";
import { crossEntropy, crossEntropyAt } from "./log-odds.js";
import { imagesOfPatients } from "./patients.js";

/** In the order of their number of parameters. */
export const ADAPTATIONS = ["threshold", "scale", "last-layer"] as const;
export type Adaptation = (typeof ADAPTATIONS)[number];

/** With images of fewer patients of a class, a fit is not tried. */
export const FEWEST_PATIENTS: Record<Adaptation, number> = { threshold: 10, scale: 20, "last-layer": 50 };
const FOLDS = 5;
/** A fit is taken if its gain is above this many standard errors: for a model that needs none, in 2.5% of cases. */
const ERRORS = 1.96;
/** See fitLastLayer. The one with the best cross-validated loss is taken. */
const RIDGES = [1, 0.1, 0.01];

export interface Images {
  labels: ArrayLike<number>;
  /** The model's log-odds. */
  logOdds: ArrayLike<number>;
  /** Undefined: unknown; such an image counts as a patient of its own. */
  patients: readonly (string | undefined)[];
  /** Inputs of the last layer [n][width]; undefined: the last layer is not changed. */
  features?: { values: ArrayLike<number>; width: number } | undefined;
}

/** The gain of a fit on images that it was not fitted on, per image, with its standard error over patients. */
export interface Gain {
  mean: number;
  error: number;
}

/** Of cross-entropy; for the threshold, of balanced accuracy. `tooFew`: the patients that are needed of each class. */
export type Trial = { adaptation: Adaptation; taken: boolean } & ({ gain: Gain } | { tooFew: number });

export interface Chosen {
  trials: Trial[];
  /** What is applied, in this order; undefined: nothing. */
  lastLayer: LastLayerChange | undefined;
  affine: Affine | undefined;
  /** In log-odds, after the above; undefined: the model's stays. */
  threshold: number | undefined;
  /**
   * Of each image, by fits to the images of other patients: log-odds, and the threshold that was applied to them. `ranking`: log-odds before
   * scale and offset, which keep the order of images; those of several folds, each with its own, would mix it.
   */
  crossValidated: { logOdds: Float64Array; thresholds: Float64Array; ranking: Float64Array };
}

/** `threshold`: the model's, in log-odds. */
export function chooseAdaptation(images: Images, threshold: number): Chosen {
  const { labels, patients } = images;
  const n = labels.length;
  const fewest = Math.min(...patientsByClass(labels, patients));
  const foldOf = patientFolds(labels, patients, FOLDS);
  const trials: Trial[] = [];
  let logOdds: Float64Array = Float64Array.from(images.logOdds);
  let lastLayer: LastLayerChange | undefined;
  let affine: Affine | undefined;

  /** Adds the trial and returns whether the fit is taken. */
  const judge = (adaptation: Adaptation, gains: Float64Array): boolean => {
    const gain = clustered(gains, patients);
    const taken = gain.mean > ERRORS * gain.error;
    trials.push({ adaptation, taken, gain });
    return taken;
  };
  const allowed = (adaptation: Adaptation): boolean => {
    if (fewest >= FEWEST_PATIENTS[adaptation]) return true;
    trials.push({ adaptation, taken: false, tooFew: FEWEST_PATIENTS[adaptation] });
    return false;
  };

  if (images.features && allowed("last-layer")) {
    const featured = { labels, logOdds: images.logOdds, features: images.features.values, width: images.features.width };
    const candidates = RIDGES.map((ridge) => ({
      ridge,
      found: acrossFolds(foldOf, (fold) => changed(featured, foldOf, fold, ridge)),
    }));
    const best = candidates.reduce((a, b) => (crossEntropy(labels, b.found) < crossEntropy(labels, a.found) ? b : a));
    if (judge("last-layer", lossGains(labels, logOdds, best.found))) {
      lastLayer = fitLastLayer(featured, best.ridge);
      logOdds = best.found;
    }
  }
  const ranking = logOdds;
  if (allowed("scale")) {
    // A fold's own images are scored by a fit to the others; the log-odds of those are cross-validated, too.
    const found = acrossFolds(foldOf, (fold) => {
      const others = indices(foldOf, (k) => k !== fold);
      const own = fitAffine(pick(labels, others), pick(logOdds, others));
      return (i) => adapted({ affine: own }, logOdds[i]);
    });
    if (judge("scale", lossGains(labels, logOdds, found))) {
      affine = fitAffine(labels, logOdds);
      logOdds = found;
    }
  }
  const fitted = allowed("threshold")
    ? acrossFolds(foldOf, (fold) => {
        const others = indices(foldOf, (k) => k !== fold);
        const cut = fitThreshold(pick(labels, others), pick(logOdds, others), threshold);
        return () => cut;
      })
    : undefined;
  const before = new Float64Array(n).fill(threshold);
  const isFitted = fitted !== undefined && judge("threshold", decisionGains(labels, logOdds, before, fitted));
  trials.sort((a, b) => ADAPTATIONS.indexOf(a.adaptation) - ADAPTATIONS.indexOf(b.adaptation));
  return {
    trials,
    lastLayer,
    affine,
    threshold: isFitted ? fitThreshold(labels, logOdds, threshold) : undefined,
    crossValidated: { logOdds, thresholds: isFitted ? fitted : before, ranking },
  };
}

const indices = (foldOf: number[], wanted: (fold: number) => boolean): number[] =>
  foldOf.flatMap((fold, i) => (wanted(fold) ? [i] : []));

const pick = (values: ArrayLike<number>, places: number[]): Float64Array => Float64Array.from(places, (i) => values[i]);

/** `fit` returns the value of each image of a fold, by a fit to the other folds. */
function acrossFolds(foldOf: number[], fit: (fold: number) => (i: number) => number): Float64Array {
  const found = new Float64Array(foldOf.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const own = indices(foldOf, (k) => k === fold);
    if (own.length === 0) continue;
    const value = fit(fold);
    for (const i of own) found[i] = value(i);
  }
  return found;
}

function changed({ labels, logOdds, features, width }: Featured, foldOf: number[], fold: number, ridge: number) {
  const others = indices(foldOf, (k) => k !== fold);
  const rows = new Float64Array(others.length * width);
  others.forEach((i, row) => {
    for (let j = 0; j < width; j++) rows[row * width + j] = features[i * width + j];
  });
  const own = { labels: pick(labels, others), logOdds: pick(logOdds, others), features: rows, width };
  const lastLayer = fitLastLayer(own, ridge);
  return (i: number) => adapted({ lastLayer }, logOdds[i], features, i);
}

const lossGains = (labels: ArrayLike<number>, before: Float64Array, after: Float64Array): Float64Array =>
  before.map((x, i) => crossEntropyAt(labels[i], x) - crossEntropyAt(labels[i], after[i]));

/** Their mean is the gain of balanced accuracy. */
function decisionGains(
  labels: ArrayLike<number>,
  logOdds: Float64Array,
  before: Float64Array,
  after: Float64Array,
): Float64Array {
  const n = labels.length;
  const positive = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const isRight = (i: number, threshold: number) => Number(Number(logOdds[i] > threshold) === labels[i]);
  return logOdds.map((_, i) => {
    const own = labels[i] === 1 ? positive : n - positive;
    return ((isRight(i, after[i]) - isRight(i, before[i])) * n) / (2 * own);
  });
}

/** The mean, and its standard error if patients are independent and the images of one are not (cluster-robust). */
function clustered(gains: Float64Array, patients: readonly (string | undefined)[]): Gain {
  const n = gains.length;
  const mean = gains.reduce((sum, gain) => sum + gain / n, 0);
  const sums = imagesOfPatients(patients).map((images) => images.reduce((sum, i) => sum + gains[i] - mean, 0));
  const groups = sums.length;
  if (groups < 2) return { mean, error: Infinity };
  const squares = sums.reduce((sum, value) => sum + value * value, 0);
  return { mean, error: Math.sqrt((squares * groups) / (groups - 1)) / n };
}

/** The log-odds of an image after the changes. Row `row` of `features` holds its inputs of the last layer. */
export function adapted(
  { lastLayer, affine }: Partial<Pick<Chosen, "lastLayer" | "affine">>,
  logOdds: number,
  features: ArrayLike<number> = [],
  row = 0,
): number {
  let x = logOdds;
  if (lastLayer) {
    const { weights, offset } = lastLayer;
    x += offset + weights.reduce((sum, w, j) => sum + w * features[row * weights.length + j], 0);
  }
  return affine ? affine.scale * x + affine.offset : x;
}
