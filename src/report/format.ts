// Number formats, the same in every language.
import type { Interval } from "../results/metrics.js";

/** The last part of a path; other values unchanged. */
export const shortValue = (value: string | number): string => String(value).split(/[\\/]/).at(-1)!;

/** 0.7308 -> "73.1%" */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** [0.7644, 0.8261] -> "76.4–82.6%" */
export function percentRange([low, high]: Interval, digits = 1): string {
  return `${(100 * low).toFixed(digits)}–${percent(high, digits)}`;
}

/** [0.9184, 0.9551] -> "0.918–0.955" */
export function aucRange([low, high]: Interval): string {
  return `${low.toFixed(3)}–${high.toFixed(3)}`;
}

/** Percentage points with a sign: 0.013 -> "+1.3". */
export function points(difference: number, digits = 1): string {
  return signed((100 * difference).toFixed(digits));
}

/** A difference of two AUCs with a sign: 0.0214 -> "+0.021". */
export function aucPoints(difference: number): string {
  return signed(difference.toFixed(3));
}

/** "-0.0" becomes "±0.0"; negative numbers get a minus sign instead of a hyphen. */
export function signed(rounded: string): string {
  if (Number(rounded) === 0) return rounded.replace("-", "±").replace(/^(?!±)/, "±");
  return rounded.startsWith("-") ? rounded.replace("-", "−") : `+${rounded}`;
}

export function auc(value: number | null): string {
  return value === null ? "–" : value.toFixed(3);
}

/** A p-value: "0.068", "< 0.001". */
export function pValue(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A threshold with enough digits to distinguish it from 0 and 1: 0.5, 0.9986, 0.00021. */
export function threshold(value: number): string {
  const distance = Math.min(Math.abs(value), Math.abs(1 - value));
  const digits = distance === 0 ? 1 : Math.min(17, Math.max(3, 1 - Math.floor(Math.log10(distance))));
  return String(Number(value.toFixed(digits)));
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}
