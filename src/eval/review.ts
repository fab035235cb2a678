// How many images are sent to review at an error rate, and how many of the others are decided wrongly.
import type { Label } from "../data/types.js";
import type { ClassReview, ReviewFigures, ReviewResults } from "../results/review-results.js";
import { type Conformal, decide, fitConformal, imagesFor } from "./conformal.js";
import { wilson } from "./wilson.js";

/** Error rates of the report. */
const ERROR_RATES = [0.01, 0.02, 0.05, 0.1, 0.2];

export interface Scored {
  /** 0 or 1. */
  labels: ArrayLike<number>;
  logOdds: ArrayLike<number>;
  /** The numbers of those that are unlike the training images: they are for review. */
  unusual?: ReadonlySet<number> | undefined;
}

/** Images of a split with their log-odds; `unusual` names some of them. */
export function scored(
  images: readonly { file: string; label: number }[],
  logOdds: ArrayLike<number>,
  unusual: readonly { file: string }[] = [],
): Scored {
  const files = new Set(unusual.map(({ file }) => file));
  const numbers = [...images.keys()].filter((i) => files.has(images[i].file));
  return { labels: images.map(({ label }) => label), logOdds, unusual: new Set(numbers) };
}

/** `among`: the images are the validation images; each is decided by the others. */
export function reviewFigures(
  conformal: Conformal,
  errorRate: number,
  { labels, logOdds, unusual }: Scored,
  among = false,
): ReviewFigures {
  const counts = [0, 1].map(() => ({ n: 0, review: 0, wrong: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as Label;
    const decision = unusual?.has(i) ? undefined : decide(conformal, errorRate, logOdds[i], among ? label : undefined);
    counts[label].n++;
    if (decision === undefined) counts[label].review++;
    else if (decision !== label) counts[label].wrong++;
  }
  const [NORMAL, PNEUMONIA] = counts.map(({ n, review, wrong }): ClassReview => {
    const intervals = { review: wilson(review, n), wrong: wilson(wrong, n), wrongOfDecided: wilson(wrong, n - review) };
    return { n, review, wrong, intervals };
  });
  return { NORMAL, PNEUMONIA };
}

/** `before`: by the model's validation images; `after`: each of the other hospital's images by the others of them. */
export interface AdaptedReview {
  errorRate: number;
  /** Images of each class that the error rate needs. */
  needed: number;
  /** Null if there are fewer images than needed. */
  before: ReviewFigures | null;
  after: ReviewFigures | null;
}

/** What decisions at several error rates give before and after new scores were fitted. undefined: the model has no scores. */
export function adaptedReview(
  [before, scoredBefore]: [Conformal | undefined, Scored],
  [after, scoredAfter]: [Conformal | undefined, Scored],
): AdaptedReview[] {
  return ERROR_RATES.map((errorRate) => {
    const needed = imagesFor(errorRate);
    const figures = (conformal: Conformal | undefined, scored: Scored, among: boolean) =>
      conformal?.every(({ n }) => n >= needed) ? reviewFigures(conformal, errorRate, scored, among) : null;
    return { errorRate, needed, before: figures(before, scoredBefore, false), after: figures(after, scoredAfter, true) };
  });
}

/** Undefined if nothing can be decided by the validation images. */
export function reviewResults(val: Scored, test: Scored): ReviewResults | undefined {
  const conformal = fitConformal(val.labels, val.logOdds);
  if (!conformal) return undefined;
  const [NORMAL, PNEUMONIA] = conformal.map(({ n }) => n);
  const rates = ERROR_RATES.map((errorRate) => {
    const needed = imagesFor(errorRate);
    const few = Math.min(NORMAL, PNEUMONIA) < needed;
    const figures = (scored: Scored, among: boolean) => (few ? null : reviewFigures(conformal, errorRate, scored, among));
    return { errorRate, needed, val: figures(val, true), test: figures(test, false) };
  });
  return { validation: { NORMAL, PNEUMONIA }, rates };
}
