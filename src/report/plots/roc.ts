import { sum } from "d3-array";
import type { SplitMetrics } from "../../results/metrics.js";
import { type Figure, left, right } from "../blocks.js";
import { auc } from "../format.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_ROWS, thinned } from "../thin.js";
import { RULE } from "./chart.js";
import { diagonal, square } from "./square.js";

export interface CurveOf {
  title: string;
  split: SplitMetrics;
  /** Index into SERIES and DASHES. */
  color: number;
  dash: number;
}

/** The curve of random guessing. */
const CHANCE = diagonal({ stroke: { value: RULE }, strokeWidth: { value: 1.5 } });

/** Receiver operating characteristic. A split with only one class has no curve. */
export function roc(name: string, title: string, curves: CurveOf[], t: Words): Figure {
  const p = t.plots;
  return {
    name,
    title,
    alt: p.rocAlt(curves.map(({ title: of, split }) => p.areaOf(of, auc(split.auc)))),
    spec: square({
      x: p.fpr,
      y: p.tpr,
      interpolate: "linear",
      under: [CHANCE],
      lines: curves.map(({ split, ...line }) => ({
        ...line,
        value: auc(split.auc),
        points: thinned(split.roc, ({ tpr }) => tpr).map(({ fpr, tpr }) => ({ x: fpr, y: tpr })),
      })),
    }),
    data: {
      caption: p.rocData,
      columns: [left(p.curve), right(t.columns.threshold), right(p.fpr), right(p.tpr)],
      rows: curves.flatMap(({ title: of, split }) =>
        evenly(split.roc.length, Math.floor(MAX_ROWS / curves.length)).map((i) => {
          const { threshold, fpr, tpr } = split.roc[i];
          return [of, threshold === null ? "∞" : threshold.toFixed(6), fpr.toFixed(4), tpr.toFixed(4)];
        }),
      ),
      of: sum(curves, ({ split }) => split.roc.length),
    },
  };
}
