// Decisions with a chosen error rate per class: class-conditional (Mondrian) split conformal prediction (Vovk, Gammerman and Shafer,
// Algorithmic Learning in a Random World, 2005, chapter 4; Vovk 2012, arXiv:1209.2673). An image with log-odds x fits class k by
//
//   p_k = (number of validation images of class k that fit it as badly as x or worse, + 1) / (n_k + 1)
//
// NORMAL is fitted badly by high log-odds, PNEUMONIA by low ones. If validation images and new images are exchangeable, an image of class k has
// p_k <= e with a probability of at most e. Therefore class k is excluded if p_k <= e.
import { InputError } from "../core/errors.js";
import { parseJson } from "../core/json.js";
import { FormatError } from "../core/tensors.js";
import type { ClassNames, Label } from "../data/types.js";

/** Validation images of one class. */
export interface ClassScores {
  /** Number of images. */
  n: number;
  /** Their log-odds, worst fit first. Of more than MOST_SCORES images, every (n / MOST_SCORES)-th, from the worst on. */
  logOdds: number[];
}

/** Of class 0 and class 1. */
export type Conformal = [ClassScores, ClassScores];

export const MOST_SCORES = 1000;
/** Scores are rounded to this part of 1, towards a worse fit: p_k can only become larger. */
const PARTS = 1e4;

/** The decision for images in which neither class is excluded. */
export const REVIEW = "REVIEW";

/** 1: high log-odds fit badly. */
const directionOf = (label: Label): number => (label === 0 ? 1 : -1);

/** Undefined without images, or if a score is not finite. labels: 0 or 1. */
export function fitConformal(labels: ArrayLike<number>, logOdds: ArrayLike<number>): Conformal | undefined {
  const all = Array.from(logOdds);
  if (all.length === 0 || !all.every(Number.isFinite)) return undefined;
  const ofClass = (label: Label): ClassScores => {
    const direction = directionOf(label);
    const misfit = all.filter((_, i) => labels[i] === label).map((x) => direction * x);
    const n = misfit.length;
    misfit.sort((a, b) => b - a);
    const kept = Math.min(n, MOST_SCORES);
    const worse = (x: number) => (direction * (Math.floor(x * PARTS) + 1)) / PARTS;
    return { n, logOdds: Array.from({ length: kept }, (_, i) => worse(misfit[Math.floor((i * n) / kept)])) };
  };
  return [ofClass(0), ofClass(1)];
}

/**
 * p of class `label` for an image's log-odds. `among`: the image is one of these validation images, and is compared with the others.
 * Each kept score stands for the images from its own to the next kept one, which fit no worse.
 */
export function pValue(conformal: Conformal, label: Label, logOdds: number, among = false): number {
  const { n, logOdds: kept } = conformal[label];
  const direction = directionOf(label);
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (direction * kept[middle] >= direction * logOdds) low = middle + 1;
    else high = middle;
  }
  const worse = kept.length > 0 ? Math.floor((low * n) / kept.length) : 0;
  return among ? worse / n : (worse + 1) / (n + 1);
}

/**
 * The class of an image, undefined for review. If neither class is excluded, the image is for review. If one is, the decision is the other. If both are
 * (at high error rates), the decision is the class with the larger p, because that is wrong less often than excluding both.
 * `own`: the label of an image that is one of the validation images.
 */
export function decide(conformal: Conformal, errorRate: number, logOdds: number, own?: Label): Label | undefined {
  const [p0, p1] = ([0, 1] as const).map((label) => pValue(conformal, label, logOdds, own === label));
  if (Math.min(p0, p1) > errorRate || p0 === p1) return undefined;
  return p0 > p1 ? 0 : 1;
}

/** How many validation images of each class an error rate needs: with fewer, no image has p <= errorRate. */
export const imagesFor = (errorRate: number): number => Math.ceil(1 / errorRate) - 1;

/** The smallest error rate that the validation images allow; 1 if a class has none. */
export const smallestRate = (conformal: Conformal): number => smallestRateFor(Math.min(...conformal.map(({ n }) => n)));

/** The same for `n` images of the class that has fewer. */
export const smallestRateFor = (n: number): number => 1 / (n + 1);

/** Class name or REVIEW by log-odds. Throws an InputError if the model's validation images do not allow the error rate. */
export function decisions(conformal: Conformal | undefined, errorRate: number, classes: ClassNames): (logOdds: number) => string {
  if (!(errorRate > 0 && errorRate < 1)) throw new InputError(`The error rate is ${errorRate}: give a number between 0 and 1.`);
  if (!conformal) {
    throw new InputError(
      "The error rate needs the scores of validation images, which the model file does not contain: train the model again, with validation images.",
    );
  }
  if (classes.includes(REVIEW)) throw new InputError(`The model has a class ${REVIEW}: give no error rate.`);
  const few = ([0, 1] as const).find((label) => conformal[label].n < imagesFor(errorRate));
  if (few !== undefined) throw new InputError(tooFew(conformal, errorRate, few, classes));
  return (logOdds) => {
    const label = decide(conformal, errorRate, logOdds);
    return label === undefined ? REVIEW : classes[label];
  };
}

function tooFew(conformal: Conformal, errorRate: number, few: Label, classes: ClassNames): string {
  const { n } = conformal[few];
  const least = Math.ceil(smallestRate(conformal) * 1000) / 1000;
  const advice = least < 1 ? `give an error rate of ${least} or more, or train` : "train";
  return `An error rate of ${errorRate} needs ${imagesFor(errorRate)} validation images of each class, but the model has ${n} of ${classes[few]}: ${advice} with more validation images (see --val-split).`;
}

/** For the metadata of a model file. */
export const conformalText = (conformal: Conformal): string => JSON.stringify(conformal);

/** In characters: MOST_SCORES numbers per class take at most 20,000. */
const MOST_TEXT = 2 ** 16;

/** Throws a FormatError. */
export function parseConformal(text: string): Conformal {
  return checkConformal(text.length <= MOST_TEXT ? parseJson(text) : undefined);
}

/** Throws a FormatError. */
export function checkConformal(value: unknown): Conformal {
  const isClass = (found: unknown, label: number) => {
    const { n, logOdds } = (found ?? {}) as Partial<Record<keyof ClassScores, unknown>>;
    if (!Number.isSafeInteger(n) || (n as number) < 0 || !Array.isArray(logOdds)) return false;
    const direction = directionOf(label as Label);
    const isNext = (x: unknown, i: number) =>
      Number.isFinite(x) && (i === 0 || direction * (x as number) <= direction * logOdds[i - 1]);
    return logOdds.length === Math.min(n as number, MOST_SCORES) && logOdds.every(isNext);
  };
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isClass)) {
    throw new FormatError("its scores of validation images are not usable");
  }
  return value.map(({ n, logOdds }) => ({ n, logOdds })) as Conformal;
}
