import { extent } from "d3-array";
import type { SweepResults, SweepRow } from "../../results/sweep.js";
import { type Figure, left, right } from "../blocks.js";
import { shortValue } from "../format.js";
import type { Words } from "../text/index.js";
import { chart, INK, MUTED, RULE, SERIES } from "./chart.js";

const HEIGHT = 210;
const MOST_LABELS = 12;

/** Parallel coordinates of a sweep: one axis per varied setting and one for the AUC; one line per row, the first one thick. */
export function settingsPlot({ varied, rows }: SweepResults, t: Words): Figure {
  const area = (row: SweepRow) => row.test.auc?.mean ?? 0;
  const [low, high] = extent(rows, area) as [number, number];
  const span = high - low || 1;
  const titles = [...varied, t.columns.auc];
  const axes = varied.map((name) => [...new Set(rows.map(({ values }) => values[name]))].sort(inOrder));
  const x = (axis: number) => axis / (titles.length - 1);
  const y = (row: SweepRow, axis: number) => {
    if (axis === varied.length) return (area(row) - low) / span;
    const places = axes[axis];
    return places.length === 1 ? 0.5 : places.indexOf(row.values[varied[axis]]) / (places.length - 1);
  };
  const points = rows.flatMap((row, i) => titles.map((_, axis) => ({ row: i, x: x(axis), y: y(row, axis) })));
  const labels = [
    ...axes.flatMap((places, axis) =>
      places.length > MOST_LABELS
        ? [0, places.length - 1].map((i) => label(String(places[i]), x(axis), i / (places.length - 1)))
        : places.map((value, i) => label(String(value), x(axis), places.length === 1 ? 0.5 : i / (places.length - 1))),
    ),
    ...[low, high].map((value, i) => label(value.toFixed(4), 1, i)),
  ];
  const place = { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } };
  const lines = (first: boolean) => ({
    type: "group" as const,
    from: { facet: { name: first ? "best" : "others", data: first ? "first" : "rest", groupby: "row" } },
    marks: [
      {
        type: "line" as const,
        from: { data: first ? "best" : "others" },
        encode: {
          enter: {
            ...place,
            stroke: { value: SERIES[first ? 1 : 0] },
            strokeWidth: { value: first ? 2.5 : 1 },
            strokeOpacity: { value: first ? 1 : 0.45 },
          },
        },
      },
    ],
  });
  return {
    name: "settings",
    title: t.sweep.plot,
    alt: t.sweep.plotAlt(rows.length, low.toFixed(4), high.toFixed(4)),
    caption: t.sweep.plotCaption,
    spec: chart(
      { height: HEIGHT, left: 46, right: 46, bottom: 30 },
      {
        data: [
          { name: "first", values: points.filter(({ row }) => row === 0) },
          { name: "rest", values: points.filter(({ row }) => row > 0) },
          { name: "axes", values: titles.map((title, axis) => ({ title, x: x(axis) })) },
          { name: "labels", values: labels },
        ],
        scales: [
          { name: "x", domain: [0, 1], range: "width" },
          { name: "y", domain: [0, 1], range: "height" },
        ],
        marks: [
          {
            type: "rule",
            from: { data: "axes" },
            encode: { enter: { x: { scale: "x", field: "x" }, y: { value: 0 }, y2: { value: HEIGHT }, stroke: { value: RULE } } },
          },
          lines(false),
          lines(true),
          text("labels", "text", { ...place, dy: { value: -4 }, fill: { value: INK }, fontSize: { value: 10 } }),
          text("axes", "title", {
            x: { scale: "x", field: "x" },
            y: { value: HEIGHT + 20 },
            fill: { value: MUTED },
            fontSize: { value: 11.5 },
          }),
        ],
      },
    ),
    data: {
      caption: t.sweep.plot,
      columns: [...varied.map((name) => left(name)), right(t.columns.auc)],
      rows: rows.map((row) => [...varied.map((name) => String(row.values[name])), area(row).toFixed(4)]),
    },
  };
}

const inOrder = (a: string | number, b: string | number): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1;

const label = (text: string, x: number, y: number) => ({ text: shortValue(text), x, y });

const text = (data: string, field: string, enter: object) => ({
  type: "text" as const,
  from: { data },
  encode: { enter: { ...enter, text: { field }, align: { value: "center" as const } } },
});
