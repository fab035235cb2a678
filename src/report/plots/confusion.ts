import type { SplitMetrics } from "../../results/metrics.js";
import { type Figure, left, right } from "../blocks.js";
import { count, percent } from "../format.js";
import type { Words } from "../text/index.js";
import { axis, chart, INK, RIGHT, WRONG } from "./chart.js";

/** A 2 x 2 heat map: rows are true classes, columns predicted ones. Shade and percentage are fractions of the true class. */
export function confusion(name: string, title: string, { confusion: matrix }: SplitMetrics, t: Words): Figure {
  const p = t.plots;
  const cells = matrix.flatMap((row, actual) =>
    row.map((n, predicted) => {
      const total = row[0] + row[1];
      const share = total === 0 ? 0 : n / total;
      return {
        actual: t.classes[actual],
        predicted: t.classes[predicted],
        count: count(n),
        percent: total === 0 ? p.noImages : percent(share),
        fill: actual === predicted ? RIGHT : WRONG,
        // At most half opaque, so that INK on it has a contrast of 4.5 in both themes.
        shade: 0.05 + 0.45 * share,
      };
    }),
  );
  const text = (field: string, size: number, weight: "normal" | 600, dy: number) => ({
    type: "text" as const,
    from: { data: "cells" },
    encode: {
      enter: {
        x: { scale: "x", field: "predicted", band: 0.5 },
        y: { scale: "y", field: "actual", band: 0.5, offset: dy },
        align: { value: "center" as const },
        text: { field },
        fontSize: { value: size },
        fontWeight: { value: weight },
        fill: { value: INK },
      },
    },
  });
  const plain = { grid: false, labelFontSize: 11.5, labelColor: INK };
  return {
    name,
    title,
    alt: `${cells.map((c) => p.cellAlt(c.actual, c.predicted, c.count, c.percent)).join("; ")}.`,
    spec: chart(
      { height: 298, left: 46, right: 16 },
      {
        data: [{ name: "cells", values: cells }],
        scales: [
          { name: "x", type: "band", domain: [...t.classes], range: "width", paddingInner: 0.02 },
          { name: "y", type: "band", domain: [...t.classes], range: "height", paddingInner: 0.03 },
        ],
        axes: [
          axis("bottom", "x", { ...plain, title: p.predictedClass }),
          axis("left", "y", { ...plain, title: p.trueClass, labelAngle: -90, labelAlign: "center", labelBaseline: "bottom" }),
        ],
        marks: [
          {
            type: "rect",
            from: { data: "cells" },
            encode: {
              enter: {
                x: { scale: "x", field: "predicted" },
                width: { scale: "x", band: 1 },
                y: { scale: "y", field: "actual" },
                height: { scale: "y", band: 1 },
                fill: { field: "fill" },
                fillOpacity: { field: "shade" },
                cornerRadius: { value: 3 },
              },
            },
          },
          text("count", 22, 600, 2),
          text("percent", 12, "normal", 22),
        ],
      },
    ),
    data: {
      caption: p.confusionData,
      columns: [left(p.trueClass), ...t.classes.map((predicted) => right(p.predicted(predicted)))],
      rows: matrix.map((row, actual) => [t.classes[actual], ...row.map((n) => count(n))]),
    },
  };
}
