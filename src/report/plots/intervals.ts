import { min } from "d3-array";
import type { SplitMetrics } from "../../results/metrics.js";
import { type Figure, left, right } from "../blocks.js";
import { aucRange } from "../format.js";
import { FIGURES, type FigureName, ratesOf } from "../result-columns.js";
import type { StudyRow } from "../study.js";
import type { Words } from "../text/index.js";
import { axis, chart, INK, KEY_ROW, keyRow, SERIES } from "./chart.js";

export interface Uncertain {
  title: string;
  test: SplitMetrics;
  color: number;
  study: StudyRow | null;
}

const ROW = 14;
const HEAD = 20;
/** Height of the axis labels. */
const BOTTOM = 24;

/** A dot with its 95% interval for each metric and model, and a vertical line at the study's value if there is one. */
export function intervalsPlot(models: Uncertain[], t: Words): Figure {
  const group = HEAD + ROW * models.length + 6;
  const height = group * FIGURES.length;
  const rows = FIGURES.flatMap((figure, g) =>
    models.flatMap(({ title, test, color, study }, m) => {
      const range = test.intervals?.[figure];
      const value = figureOf(test, figure);
      if (!range || value === null) return [];
      return [
        {
          figure: t.columns[figure],
          title,
          value,
          low: range[0],
          high: range[1],
          y: g * group + HEAD + ROW * m + ROW / 2,
          color: SERIES[color % SERIES.length],
          study: study && figure in study ? study[figure as "accuracy" | "recall" | "auc"] : null,
        },
      ];
    }),
  );
  const lowest = Math.min(0.9, min(rows, ({ low, study }) => Math.min(low, study ?? 1)) ?? 1);
  const withStudy = rows.some(({ study }) => study !== null);
  const p = t.plots;
  return {
    name: "intervals",
    title: p.intervals,
    alt: p.intervalsAlt(
      rows.map(
        ({ figure, title, value, low, high }) => `${title} ${figure} ${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`,
      ),
    ),
    ...(withStudy && { caption: p.intervalsCaption }),
    spec: chart(
      { height, left: 12, right: 16, bottom: BOTTOM + (models.length > 1 ? KEY_ROW * models.length : 0) },
      {
        data: [
          { name: "rows", values: rows },
          { name: "heads", values: FIGURES.map((figure, g) => ({ text: t.columns[figure], y: g * group + 14 })) },
        ],
        scales: [{ name: "x", domain: [Math.floor(10 * lowest) / 10, 1], zero: false, range: "width" }],
        axes: [axis("bottom", "x", { format: ".2f", tickCount: 6 })],
        marks: [
          {
            type: "text",
            from: { data: "heads" },
            encode: {
              enter: {
                x: { value: 0 },
                y: { field: "y" },
                text: { field: "text" },
                fontSize: { value: 11.5 },
                fontWeight: { value: 600 },
                fill: { value: INK },
              },
            },
          },
          {
            type: "rule",
            from: { data: "rows" },
            encode: {
              enter: {
                x: { scale: "x", field: "low" },
                x2: { scale: "x", field: "high" },
                y: { field: "y" },
                stroke: { field: "color" },
                strokeWidth: { value: 2.5 },
              },
            },
          },
          {
            type: "symbol",
            from: { data: "rows" },
            encode: {
              enter: { x: { scale: "x", field: "value" }, y: { field: "y" }, fill: { field: "color" }, size: { value: 44 } },
            },
          },
          {
            type: "rule",
            from: { data: "rows" },
            encode: {
              enter: {
                x: { scale: "x", field: "study" },
                y: { field: "y", offset: -5 },
                y2: { field: "y", offset: 5 },
                stroke: { value: INK },
                strokeWidth: { value: 1.5 },
                opacity: { signal: "isValid(datum.study) ? 1 : 0" },
              },
            },
          },
          ...(models.length > 1 ? models.flatMap((model, i) => keyRow(model, height + BOTTOM + KEY_ROW * i + KEY_ROW / 2)) : []),
        ],
      },
    ),
    data: {
      caption: p.intervalsData,
      columns: [
        left(t.columns.model),
        left(p.figure),
        right(p.value),
        right(t.uncertainty.interval),
        ...(withStudy ? [right(p.study)] : []),
      ],
      rows: rows.map(({ title, figure, value, low, high, study }) => [
        title,
        figure,
        value.toFixed(3),
        aucRange([low, high]),
        ...(withStudy ? [study === null ? "–" : study.toFixed(3)] : []),
      ]),
    },
  };
}

function figureOf(test: SplitMetrics, figure: FigureName): number | null {
  return { ...ratesOf(test), auc: test.auc }[figure];
}
