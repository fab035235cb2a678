// The figures that tables and plots of results show, in their order.
import { type Column, left, right } from "./blocks.js";
import type { Words } from "./text/index.js";

/** Shares of images at a threshold, as ThresholdMetrics names them. */
export const SHARES = ["accuracy", "recall", "specificity", "precision", "f1"] as const;
export const FIGURES = [...SHARES, "auc"] as const;

export type Share = (typeof SHARES)[number];
export type FigureName = (typeof FIGURES)[number];

/** Whose results a row holds, FIGURES, and what else of Words.columns. */
export function resultColumns(whose: string, t: Words, more: (keyof Words["columns"])[] = []): Column[] {
  return [left(whose), ...[...FIGURES, ...more].map((name) => right(t.columns[name]))];
}
