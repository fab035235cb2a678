import { type Figure, left, right } from "../blocks.js";
import type { Words } from "../text/index.js";
import { axis, chart, INK, MUTED, SERIES } from "./chart.js";

export interface TimeBar {
  title: string;
  seconds: number;
  /** The study's training time; null if there is none. */
  published: number | null;
}

/** One bar per model, with a vertical line at the study's time. */
export function trainingTime(bars: TimeBar[], caption: string, t: Words): Figure {
  const p = t.plots;
  const say = ({ seconds, published }: TimeBar) =>
    `${t.seconds(seconds)}${published === null ? "" : ` (${p.studyTime(t.seconds(published))})`}`;
  const rowHeight = 46;
  const withStudy = bars.some((bar) => bar.published !== null);
  const data = bars.map((bar, i) => ({ ...bar, color: SERIES[i % SERIES.length], text: say(bar) }));
  const yOf = { scale: "row", field: "title" };
  return {
    name: "training-time",
    title: p.trainingTime,
    alt: `${bars.map((bar) => `${bar.title} ${say(bar)}`).join("; ")}.`,
    caption,
    spec: chart(
      { height: rowHeight * bars.length, left: 8, right: 16 },
      {
        data: [{ name: "bars", values: data }],
        scales: [
          { name: "row", type: "band", domain: { data: "bars", field: "title" }, range: "height" },
          { name: "x", domain: { data: "bars", fields: ["seconds", "published"] }, zero: true, range: "width" },
        ],
        axes: [axis("bottom", "x", { title: p.seconds, tickCount: 4 })],
        marks: [
          {
            type: "text",
            from: { data: "bars" },
            encode: {
              enter: {
                x: { value: 0 },
                y: { ...yOf, offset: 14 },
                text: { field: "title" },
                fontSize: { value: 12 },
                fill: { value: INK },
              },
            },
          },
          {
            type: "rect",
            from: { data: "bars" },
            encode: {
              enter: {
                x: { scale: "x", value: 0 },
                x2: { scale: "x", field: "seconds" },
                y: { ...yOf, offset: 20 },
                height: { value: 16 },
                fill: { field: "color" },
                cornerRadius: { value: 2 },
              },
            },
          },
          {
            type: "text",
            from: { data: "bars" },
            encode: {
              enter: {
                x: { signal: "width" },
                y: { ...yOf, offset: 14 },
                text: { field: "text" },
                align: { value: "right" },
                fontSize: { value: 12 },
                fill: { value: MUTED },
              },
            },
          },
          {
            type: "rule",
            from: { data: "bars" },
            encode: {
              enter: {
                x: { scale: "x", field: "published" },
                y: { ...yOf, offset: 17 },
                y2: { ...yOf, offset: 39 },
                stroke: { value: INK },
                strokeWidth: { value: 2 },
                opacity: { signal: "isValid(datum.published) ? 1 : 0" },
              },
            },
          },
        ],
      },
    ),
    data: {
      caption: p.trainingTime,
      columns: [left(t.columns.model), right(p.seconds), ...(withStudy ? [right(p.study)] : [])],
      rows: bars.map(({ title, seconds, published }) => [
        title,
        seconds.toFixed(1),
        ...(withStudy ? [published === null ? "–" : String(published)] : []),
      ]),
    },
  };
}
