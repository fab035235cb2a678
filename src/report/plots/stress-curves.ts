import { min } from "d3-array";
import type { Mark } from "vega";
import { STRESS_FIGURES, type StressKind, type StressPoint, type StressResults } from "../../results/stress-results.js";
import { type Cell, type Figure, left, NONE, right } from "../blocks.js";
import { auc, aucRange, percent, percentRange } from "../format.js";
import type { Words } from "../text/index.js";
import { axis, chart, INK, KEY_ROW, keyRow, SERIES } from "./chart.js";

/** The curves of a model, or of a run. */
export interface Stressed {
  title: string;
  stress: StressResults;
  color: number;
}

const PANEL = 84;
const HEAD = 30;
/** Height of the axis labels and the axis title. */
const BOTTOM = 40;
/** Horizontal distance between the points of two series at the same level, in pixels. */
const BESIDE = 6;

/** Panels of AUC, recall and specificity by level, with 95% intervals. */
export function stressPlot(kind: StressKind, series: Stressed[], name: string, t: Words): Figure {
  const { title, axis: axisTitle } = t.sensitivity.kinds[kind];
  const say = (level: number) => t.sensitivity.level(kind, level);
  const pointsOf = ({ stress }: Stressed): StressPoint[] => stress.curves[kind]?.points ?? [];
  const levels = [...new Set(series.flatMap((one) => pointsOf(one).map(({ level }) => level)))];
  const height = STRESS_FIGURES.length * (HEAD + PANEL);
  const panels = STRESS_FIGURES.map((figure, p) => {
    const lines = series.map((one, i) => ({
      name: `${figure}-${i}`,
      stroke: SERIES[one.color % SERIES.length],
      values: pointsOf(one).flatMap(({ level, [figure]: estimate }) => {
        if (estimate === null) return [];
        const [low, high] = estimate.interval;
        return [{ level: say(level), value: estimate.value, low, high, beside: BESIDE * (i - (series.length - 1) / 2) }];
      }),
    }));
    const lowest = Math.min(0.9, min(lines, ({ values }) => min(values, ({ low }) => low)) ?? 1);
    return { figure, lines, top: p * (HEAD + PANEL) + HEAD, from: Math.floor(10 * lowest) / 10 };
  });
  return {
    name,
    title,
    alt: t.sensitivity.plotAlt(
      series.map(
        (one) => `${one.title} ${pointsOf(one).map((point) => `${say(point.level)}: ${auc(point.auc?.value ?? null)}`)}`,
      ),
    ),
    spec: chart(
      { height, bottom: BOTTOM + (series.length > 1 ? KEY_ROW * series.length : 0) },
      {
        data: panels.flatMap(({ lines }) => lines.map(({ name: data, values }) => ({ name: data, values }))),
        scales: [
          { name: "x", type: "point", domain: levels.map(say), range: "width", padding: 0.5 },
          ...panels.map(({ figure, top, from }) => ({ name: figure, domain: [from, 1], range: [top + PANEL, top], zero: false })),
        ],
        axes: [
          axis("bottom", "x", { title: axisTitle, grid: false }),
          ...panels.map(({ figure, from }) => axis("left", figure, { values: [from, (from + 1) / 2, 1], format: ".2f" })),
        ],
        marks: [
          ...panels.map(({ figure, top }) => head(t.columns[figure], top - 10)),
          ...panels.flatMap(({ figure, lines }) => lines.flatMap(({ name: data, stroke }) => curve(data, figure, stroke))),
          ...(series.length > 1 ? series.flatMap((one, i) => keyRow(one, height + BOTTOM + KEY_ROW * i + KEY_ROW / 2)) : []),
        ],
      },
    ),
    data: {
      caption: title,
      columns: [left(t.sensitivity.levels), left(t.columns.model), ...STRESS_FIGURES.map((figure) => right(t.columns[figure]))],
      rows: levels.flatMap((level) =>
        series.flatMap((one) =>
          pointsOf(one)
            .filter((point) => point.level === level)
            .map((point) => [say(level), one.title, ...figureCells(point)]),
        ),
      ),
    },
  };
}

function head(text: string, y: number): Mark {
  return {
    type: "text",
    encode: {
      enter: {
        x: { value: 0 },
        y: { value: y },
        text: { value: text },
        fontSize: { value: 11.5 },
        fontWeight: { value: 600 },
        fill: { value: INK },
      },
    },
  };
}

function curve(data: string, scale: string, stroke: string): Mark[] {
  const from = { data };
  const x = { scale: "x", field: "level", offset: { field: "beside" } };
  const at = (field: string) => ({ scale, field });
  const line = { stroke: { value: stroke }, strokeWidth: { value: 1.5 } };
  return [
    { type: "line", from, encode: { enter: { x, y: at("value"), ...line } } },
    { type: "rule", from, encode: { enter: { x, y: at("low"), y2: at("high"), ...line } } },
    { type: "symbol", from, encode: { enter: { x, y: at("value"), fill: { value: stroke }, size: { value: 30 } } } },
  ];
}

function figureCells({ auc: area, recall, specificity }: StressPoint): Cell[] {
  return [
    area ? { text: auc(area.value), note: aucRange(area.interval) } : NONE,
    ...[recall, specificity].map(
      (share): Cell => (share ? { text: percent(share.value), note: percentRange(share.interval) } : NONE),
    ),
  ];
}
