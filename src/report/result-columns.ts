// The metrics that tables and plots of results show, in their order.
import type { SplitMetrics } from "../results/metrics.js";
import { type Column, left, right } from "./blocks.js";
import type { Words } from "./text/index.js";

/** Metrics at a threshold, named as in ThresholdMetrics. */
export const SHARES = ["accuracy", "recall", "specificity", "precision", "f1"] as const;
export const FIGURES = [...SHARES, "auc"] as const;

export type Share = (typeof SHARES)[number];
export type FigureName = (typeof FIGURES)[number];

/** At threshold 0.5, named as in ThresholdMetrics; PNEUMONIA is positive. */
export function ratesOf({ accuracy, perClass: { NORMAL, PNEUMONIA } }: SplitMetrics): Record<Share, number> {
  const { recall, precision, f1 } = PNEUMONIA;
  return { accuracy, recall, specificity: NORMAL.recall, precision, f1 };
}

/** A column for the row's title, FIGURES, and `more` keys of Words.columns. */
export function resultColumns(whose: string, t: Words, more: (keyof Words["columns"])[] = []): Column[] {
  return [left(whose), ...[...FIGURES, ...more].map((name) => right(t.columns[name]))];
}
