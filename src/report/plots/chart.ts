/**
 * The common frame of all plots: 360 units wide, so that text is readable on a phone; the title in the top left corner;
 * fixed margins, because Vega cannot measure text in Node without a native canvas.
 */
import type { Axis, Mark, Spec } from "vega";

export const WIDTH = 360;

/** A colour that the style sheet of report.html overrides by theme; plots/*.svg uses the fallback. */
const color = (name: string, fallback: string) => `var(--${name}, ${fallback})`;

export const INK = color("ink", "#1c2430");
export const MUTED = color("muted", "#5b6675");
export const RULE = color("rule", "#d8dde4");
export const RIGHT = color("right", "#1f6fb4");
export const WRONG = color("wrong", "#c8501e");
/** Colours of the models, in order; distinguishable with all common types of colour blindness (after Okabe and Ito). */
export const SERIES = [
  color("series-1", "#1f6fb4"),
  color("series-2", "#c8501e"),
  color("series-3", "#0a8f6c"),
  color("series-4", "#a34f8c"),
  color("series-5", "#8a6d00"),
];
export const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [1, 2]];

export interface Frame {
  /** Height of the plot area. */
  height: number;
  left?: number;
  right?: number;
  bottom?: number;
}

/** A Vega specification without marks and axes. `rest` adds them. */
export function chart({ height, left = 46, right = 16, bottom = 40 }: Frame, rest: Spec): Spec {
  return {
    autosize: "none",
    width: WIDTH - left - right,
    height,
    padding: { left, right, top: TOP, bottom },
    config: { font: "system-ui, sans-serif" } as NonNullable<Spec["config"]>,
    ...rest,
  };
}

/** Space for the title and one line below it. */
export const TOP = 50;

/** The title and the line below it, relative to the upper left corner of the drawing. */
export function heading(spec: Spec, title: string, subtitle: string): Mark[] {
  const { left } = spec.padding as { left: number };
  const line = (text: string, y: number, size: number, weight: "normal" | 600, fill: string): Mark => ({
    type: "text",
    interactive: false,
    encode: {
      enter: {
        x: { value: 4 - left },
        y: { value: y - TOP },
        text: { value: text },
        fontSize: { value: size },
        fontWeight: { value: weight },
        fill: { value: fill },
      },
    },
  });
  return [line(title, 16, 14, 600, INK), line(subtitle, 33, 11.5, "normal", MUTED)];
}

/** The default axis: light grid, no domain line, no ticks. */
export function axis(orient: "left" | "bottom", scale: string, options: Partial<Axis> = {}): Axis {
  return {
    orient,
    scale,
    grid: true,
    gridColor: RULE,
    gridWidth: 1,
    domain: false,
    ticks: false,
    labelColor: MUTED,
    labelFontSize: 11,
    labelPadding: 5,
    titleColor: MUTED,
    titleFontSize: 11.5,
    titleFontWeight: "normal",
    zindex: 0,
    ...(orient === "left" ? { titleAngle: -90, titleX: -34 } : { titleY: 24 }),
    ...options,
  } as Axis;
}

export const KEY_ROW = 18;

/** The legend entry of a series, below the axis. Each has a line of its own, because the width of a title is unknown here. */
export function keyRow({ title, color }: { title: string; color: number }, y: number): Mark[] {
  return [
    {
      type: "symbol",
      encode: {
        enter: { x: { value: 4 }, y: { value: y }, size: { value: 44 }, fill: { value: SERIES[color % SERIES.length] } },
      },
    },
    {
      type: "text",
      encode: {
        enter: {
          x: { value: 13 },
          y: { value: y + 4 },
          text: { value: title },
          fontSize: { value: 11.5 },
          fill: { value: MUTED },
        },
      },
    },
  ];
}
