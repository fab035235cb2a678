// Decisions with an error rate: what its slider allows and says.
import { type Conformal, checkConformal, decide, imagesFor, REVIEW, smallestRate } from "../eval/conformal.js";
import type { Score } from "../lib/index.js";
import { byId } from "./elements.js";
import type { Scorer } from "./scorer.js";
import { word } from "./speech.js";

/** Class 0 or 1; 2: review. */
export type Decided = 0 | 1 | 2;

/** The slider's value: parts of 1. */
const PARTS = 200;

let conformal: Conformal | undefined;
/** 0: off. */
let rate = 0;

/** The slider begins off, and is disabled if the model cannot decide. */
export function setReviewModel({ metadata, classes }: Pick<Scorer, "metadata" | "classes">): void {
  conformal = metadata.conformal === undefined || classes.includes(REVIEW) ? undefined : checkConformal(metadata.conformal);
  byId<HTMLInputElement>("error-rate").disabled = conformal === undefined;
  setErrorRate(0);
}

/** `parts`: of the slider. */
export function setErrorRate(parts: number): void {
  rate = parts / PARTS;
  byId<HTMLInputElement>("error-rate").value = String(parts);
}

/** Undefined: no error rate is chosen, or it needs more validation images than the model has. */
export function errorRate(): number | undefined {
  return conformal && rate > 0 && rate >= smallestRate(conformal) ? rate : undefined;
}

/** Like `predict --error-rate`, while there is an error rate. */
export const reviewOf = ({ logOdds, unusual }: Score): Decided =>
  unusual ? 2 : (decide(conformal!, errorRate()!, logOdds) ?? 2);

export const percent = (share: number): string => `${Number((100 * share).toFixed(1))}%`;

export function drawErrorRate(): void {
  const shown = byId("error-rate-value");
  if (!conformal) shown.textContent = word("noErrorRate");
  else if (rate === 0) shown.textContent = word("errorRateOff");
  else if (errorRate() !== undefined) shown.textContent = percent(rate);
  else {
    const has = Math.min(...conformal.map(({ n }) => n));
    shown.textContent = word("errorRateNeeds", { rate: percent(rate), needed: imagesFor(rate), has });
  }
}
