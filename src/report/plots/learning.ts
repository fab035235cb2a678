import { max, min } from "d3-array";
import type { Axis } from "vega";
import { type Figure, right } from "../blocks.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_EPOCHS, thinned } from "../thin.js";
import { axis, chart, SERIES } from "./chart.js";

export interface LearningCurve {
  name: string;
  title: string;
  values: number[];
  color: number;
  /** "percent": values are fractions; the axis ends at 100%. */
  unit: "percent" | "plain";
  /** Formats a value for the text alternative and the table. */
  say: (value: number) => string;
}

/** With more epochs, the symbols of a line would touch. */
export const MAX_SYMBOLS = 40;

/** The axis of epochs, counted from 1, on scale x. */
export const epochAxis = (epochs: number, t: Words): Axis =>
  axis("bottom", "x", {
    title: t.plots.epoch,
    format: "d",
    tickCount: Math.min(10, Math.max(1, epochs - 1)),
    tickMinStep: 1,
    grid: false,
  });

/** A line of one quantity by epoch, counted from 1. */
export function learning({ name, title, values, color, unit, say }: LearningCurve, t: Words): Figure {
  const stroke = SERIES[color % SERIES.length];
  const epochs = values.length;
  const points = thinned(
    values.map((value, i) => ({ epoch: i + 1, value })),
    ({ value }) => value,
  );
  const position = { x: { scale: "x", field: "epoch" }, y: { scale: "y", field: "value" } };
  return {
    name,
    title,
    alt: values.length === 0 ? t.models.noEpoch : t.plots.learningAlt(say(values[0]), say(values[epochs - 1]), epochs),
    spec: chart(
      { height: 170 },
      {
        data: [{ name: "epochs", values: points }],
        scales: [
          { name: "x", domain: [1, Math.max(2, epochs)], zero: false, range: "width" },
          unit === "percent"
            ? { name: "y", domain: [Math.floor(10 * Math.min(0.9, min(values) ?? 1)) / 10, 1], zero: false, range: "height" }
            : { name: "y", domain: [0, Math.max(max(values) ?? 0, Number.MIN_VALUE)], nice: true, range: "height" },
        ],
        axes: [epochAxis(epochs, t), axis("left", "y", { tickCount: 5, ...(unit === "percent" ? { format: ".0%" } : {}) })],
        marks: [
          {
            type: "line",
            from: { data: "epochs" },
            encode: { enter: { ...position, stroke: { value: stroke }, strokeWidth: { value: 2 } } },
          },
          ...(epochs > MAX_SYMBOLS
            ? []
            : [
                {
                  type: "symbol" as const,
                  from: { data: "epochs" },
                  encode: { enter: { ...position, fill: { value: stroke }, size: { value: 26 } } },
                },
              ]),
        ],
      },
    ),
    data: {
      caption: title,
      columns: [right(t.plots.epoch), right(title)],
      rows: evenly(epochs, MAX_EPOCHS).map((i) => [String(i + 1), say(values[i])]),
      of: epochs,
    },
  };
}
