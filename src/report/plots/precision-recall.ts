import { sum } from "d3-array";
import type { SplitMetrics } from "../../results/metrics.js";
import { type Figure, left, right } from "../blocks.js";
import { auc } from "../format.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_ROWS, thinned } from "../thin.js";
import type { CurveOf } from "./roc.js";
import { square } from "./square.js";

/** Precision against recall, drawn as steps: between two points, precision is that of the previous point, as in scikit-learn. */
export function precisionRecall(name: string, curves: CurveOf[], t: Words): Figure {
  const p = t.plots;
  const area = ({ averagePrecision }: SplitMetrics) => auc(averagePrecision ?? null);
  return {
    name,
    title: p.precisionRecall,
    alt: p.precisionRecallAlt(curves.map(({ title, split }) => p.averagePrecisionOf(title, area(split)))),
    spec: square({
      x: t.columns.recall,
      y: t.columns.precision,
      interpolate: "step-after",
      lines: curves.map(({ split, ...line }) => ({
        ...line,
        value: area(split),
        points: thinned(split.precisionRecall, ({ precision }) => precision).map(({ precision, recall }) => ({
          x: recall,
          y: precision,
        })),
      })),
    }),
    data: {
      caption: p.precisionRecallData,
      columns: [left(p.curve), right(t.columns.threshold), right(t.columns.precision), right(t.columns.recall)],
      rows: curves.flatMap(({ title, split }) =>
        evenly(split.precisionRecall.length, Math.floor(MAX_ROWS / curves.length)).map((i) => {
          const { threshold, precision, recall } = split.precisionRecall[i];
          return [title, threshold === null ? "–" : threshold.toFixed(6), precision.toFixed(4), recall.toFixed(4)];
        }),
      ),
      of: sum(curves, ({ split }) => split.precisionRecall.length),
    },
  };
}
