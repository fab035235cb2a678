/** Plots in the unit square: ROC, precision-recall, calibration. */
import type { Axis, Interpolate, Mark, RuleEncodeEntry, Scale, Spec } from "vega";
import { axis, chart, DASHES, INK, MUTED, SERIES } from "./chart.js";

export const SIDE = 298;
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

export interface SquareLine {
  title: string;
  /** Shown at the end of the legend entry. */
  value: string;
  points: { x: number; y: number }[];
  /** Index into SERIES and DASHES. */
  color: number;
  dash: number;
}

export interface Square {
  x: string;
  y: string;
  lines: SquareLine[];
  /** Interpolation between points. */
  interpolate: Interpolate;
  /** Marks drawn below the lines. */
  under?: Mark[];
}

export const UNIT_SCALES: Scale[] = [
  { name: "x", domain: [0, 1], range: "width" },
  { name: "y", domain: [0, 1], range: "height" },
];

export function unitAxes(x: string, y: string): Axis[] {
  return [
    axis("bottom", "x", { title: x, values: TICKS, format: ".1f" }),
    axis("left", "y", { title: y, values: TICKS, format: ".1f" }),
  ];
}

/** From (0, 0) to (1, 1). */
export function diagonal(stroke: RuleEncodeEntry): Mark {
  return {
    type: "rule",
    encode: {
      enter: {
        x: { scale: "x", value: 0 },
        y: { scale: "y", value: 0 },
        x2: { scale: "x", value: 1 },
        y2: { scale: "y", value: 1 },
        ...stroke,
      },
    },
  };
}

/** A line without points appears only in the legend. */
export function square({ x, y, lines, interpolate, under = [] }: Square): Spec {
  return chart(
    { height: SIDE },
    {
      data: lines.map(({ points }, i) => ({ name: `line${i}`, values: points })),
      scales: UNIT_SCALES,
      axes: unitAxes(x, y),
      marks: [...under, ...lines.map((line, i) => curve(line, i, interpolate)), ...lines.flatMap(key)],
    },
  );
}

const strokes = ({ color, dash }: SquareLine) => ({
  stroke: { value: SERIES[color % SERIES.length] },
  strokeWidth: { value: 2 },
  strokeDash: { value: DASHES[dash % DASHES.length] },
});

function curve(line: SquareLine, i: number, interpolate: Interpolate): Mark {
  return {
    type: "line",
    from: { data: `line${i}` },
    encode: {
      enter: {
        x: { scale: "x", field: "x" },
        y: { scale: "y", field: "y" },
        interpolate: { value: interpolate },
        strokeJoin: { value: "round" },
        ...strokes(line),
      },
    },
  };
}

/** A legend entry in the lower right corner, where curves of good models do not pass. */
function key(line: SquareLine, i: number, { length }: { length: number }): Mark[] {
  const y = SIDE - 14 - 18 * (length - 1 - i);
  const text = (x: number, align: "left" | "right", said: string, fill: string): Mark => ({
    type: "text",
    encode: {
      enter: {
        x: { value: x },
        y: { value: y },
        align: { value: align },
        text: { value: said },
        fontSize: { value: 11.5 },
        fill: { value: fill },
      },
    },
  });
  return [
    { type: "rule", encode: { enter: { x: { value: 112 }, x2: { value: 136 }, y: { value: y - 4 }, ...strokes(line) } } },
    text(142, "left", line.title, INK),
    text(292, "right", line.value, MUTED),
  ];
}
