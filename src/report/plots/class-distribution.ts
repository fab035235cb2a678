import { CLASSES, SPLITS } from "../../data/types.js";
import type { DatasetFacts } from "../../results/metrics.js";
import { type Figure, left, right } from "../blocks.js";
import { count, percent } from "../format.js";
import type { Words } from "../text/index.js";
import { axis, chart, INK, MUTED, SERIES } from "./chart.js";

/** The fraction of each class in each split. All bars are equally wide, because the sizes of splits differ by a factor of 300. */
export function classDistribution({ counts }: DatasetFacts, t: Words): Figure {
  const rowHeight = 56;
  const bars = SPLITS.flatMap((split) => {
    const { NORMAL, PNEUMONIA } = counts[split];
    const total = NORMAL + PNEUMONIA;
    return CLASSES.map((name, c) => {
      const n = counts[split][name];
      const from = c === 0 || total === 0 ? 0 : NORMAL / total;
      return {
        split: t.splits[split],
        from,
        to: from + (total === 0 ? 0 : n / total),
        fill: c === 0 ? SERIES[2] : SERIES[3],
        edge: c,
        align: c === 0 ? "left" : "right",
        text: `${t.classes[c]} ${count(n)}${total === 0 ? "" : ` (${percent(n / total)})`}`,
      };
    });
  });
  const rows = SPLITS.map((split) => ({
    split: t.splits[split],
    total: t.count.images(counts[split].NORMAL + counts[split].PNEUMONIA),
  }));
  const yOf = (offset: number) => ({ scale: "row", field: "split", offset });
  return {
    name: "class-distribution",
    title: t.plots.classDistribution,
    alt: `${SPLITS.map((s) => `${t.splits[s]}: ${count(counts[s].NORMAL)} ${t.classes[0]}, ${count(counts[s].PNEUMONIA)} ${t.classes[1]}`).join("; ")}.`,
    spec: chart(
      { height: rowHeight * SPLITS.length, left: 8, right: 8 },
      {
        data: [
          { name: "bars", values: bars },
          { name: "rows", values: rows },
        ],
        scales: [
          { name: "row", type: "band", domain: SPLITS.map((split) => t.splits[split]), range: "height" },
          { name: "x", domain: [0, 1], range: "width" },
        ],
        axes: [
          axis("bottom", "x", {
            format: ".0%",
            values: [0, 0.25, 0.5, 0.75, 1],
            labelBound: true,
            labelFlush: true,
            title: t.plots.shareOfSplit,
          }),
        ],
        marks: [
          {
            type: "rect",
            from: { data: "bars" },
            encode: {
              enter: {
                x: { scale: "x", field: "from" },
                x2: { scale: "x", field: "to" },
                y: yOf(18),
                height: { value: 14 },
                fill: { field: "fill" },
              },
            },
          },
          {
            type: "text",
            from: { data: "rows" },
            encode: {
              enter: {
                x: { value: 0 },
                y: yOf(12),
                text: { field: "split" },
                fontSize: { value: 12 },
                fontWeight: { value: 600 },
                fill: { value: INK },
              },
            },
          },
          {
            type: "text",
            from: { data: "rows" },
            encode: {
              enter: {
                x: { signal: "width" },
                align: { value: "right" },
                y: yOf(12),
                text: { field: "total" },
                fontSize: { value: 11.5 },
                fill: { value: MUTED },
              },
            },
          },
          {
            type: "text",
            from: { data: "bars" },
            encode: {
              enter: {
                x: { scale: "x", field: "edge" },
                y: yOf(46),
                align: { field: "align" },
                text: { field: "text" },
                fontSize: { value: 11.5 },
                fill: { value: INK },
              },
            },
          },
        ],
      },
    ),
    data: {
      caption: t.data.countsCaption,
      columns: [left(t.data.split), ...t.classes.map((name) => right(name))],
      rows: SPLITS.map((split) => [t.splits[split], ...CLASSES.map((name) => count(counts[split][name]))]),
    },
  };
}
