import { min } from "d3-array";
import type { EpochFigures } from "../../results/metrics.js";
import { type Figure, NONE, right } from "../blocks.js";
import { auc, percent } from "../format.js";
import type { Words } from "../text/index.js";
import { evenly, MAX_EPOCHS, thinned } from "../thin.js";
import { axis, chart, KEY_ROW, keyRow, SERIES } from "./chart.js";
import { epochAxis, MAX_SYMBOLS } from "./learning.js";

const FIGURES = ["auc", "accuracy", "recall", "specificity"] as const;
const BOTTOM = 40;
const HEIGHT = 170;
/** Upper limit for the start of the axis, so that small changes look small. */
const HIGHEST_BEGIN = 0.9;

/** AUC and the metrics at threshold 0.5 after each epoch, on images that were not trained on. */
export function byEpoch(name: string, title: string, epochs: EpochFigures[], t: Words): Figure {
  const say = (figure: (typeof FIGURES)[number], value: number | null) => (figure === "auc" ? auc(value) : percent(value!, 1));
  const lines = FIGURES.map((figure, color) => ({
    title: t.columns[figure],
    color,
    figure,
    values: thinned(
      epochs.flatMap(({ [figure]: value }, i) => (value === null ? [] : [{ epoch: i + 1, value }])),
      ({ value }) => value,
    ),
  })).filter(({ values }) => values.length > 0);
  const lowest = Math.min(HIGHEST_BEGIN, min(lines, ({ values }) => min(values, ({ value }) => value)) ?? 1);
  const last = epochs[epochs.length - 1];
  return {
    name,
    title,
    alt: t.plots.byEpochAlt(
      lines.map(({ figure, title: of }) => `${of} ${say(figure, last[figure])}`),
      epochs.length,
    ),
    spec: chart(
      { height: HEIGHT, bottom: BOTTOM + KEY_ROW * lines.length },
      {
        data: lines.map(({ figure, values }) => ({ name: figure, values })),
        scales: [
          { name: "x", domain: [1, Math.max(2, epochs.length)], zero: false, range: "width" },
          { name: "y", domain: [Math.floor(10 * lowest) / 10, 1], zero: false, range: "height" },
        ],
        axes: [epochAxis(epochs.length, t), axis("left", "y", { tickCount: 5, format: ".2f" })],
        marks: [
          ...lines.flatMap(({ figure, color }) => {
            const place = { x: { scale: "x", field: "epoch" }, y: { scale: "y", field: "value" } };
            const stroke = { value: SERIES[color] };
            const from = { data: figure };
            return [
              { type: "line" as const, from, encode: { enter: { ...place, stroke, strokeWidth: { value: 2 } } } },
              ...(epochs.length > MAX_SYMBOLS
                ? []
                : [{ type: "symbol" as const, from, encode: { enter: { ...place, fill: stroke, size: { value: 26 } } } }]),
            ];
          }),
          ...lines.flatMap((line, i) => keyRow(line, HEIGHT + BOTTOM + KEY_ROW * i + KEY_ROW / 2)),
        ],
      },
    ),
    data: {
      caption: title,
      columns: [right(t.plots.epoch), ...FIGURES.map((figure) => right(t.columns[figure]))],
      rows: evenly(epochs.length, MAX_EPOCHS).map((i) => [
        String(i + 1),
        ...FIGURES.map((figure) => (epochs[i][figure] === null ? NONE : say(figure, epochs[i][figure]))),
      ]),
      of: epochs.length,
    },
  };
}
