import type { SplitMetrics } from "../../results/metrics.js";
import { type Figure, left, right } from "../blocks.js";
import { auc } from "../format.js";
import type { Words } from "../text/index.js";
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
        points: (split.precisionRecall ?? []).map(({ precision, recall }) => ({ x: recall, y: precision })),
      })),
    }),
    data: {
      caption: p.precisionRecallData,
      columns: [left(p.curve), right(t.columns.threshold), right(t.columns.precision), right(t.columns.recall)],
      rows: curves.flatMap(({ title, split }) =>
        (split.precisionRecall ?? []).map((point) => [
          title,
          point.threshold === null ? "–" : point.threshold.toFixed(6),
          point.precision.toFixed(4),
          point.recall.toFixed(4),
        ]),
      ),
    },
  };
}
