import { max } from "d3-array";
import type { Calibration, SplitMetrics } from "../../results/metrics.js";
import { type Figure, right } from "../blocks.js";
import { count } from "../format.js";
import type { Words } from "../text/index.js";
import { chart, MUTED, RULE, SERIES } from "./chart.js";
import { diagonal, SIDE, UNIT_SCALES, unitAxes } from "./square.js";

/**
 * Reliability diagram: the observed fraction of the positive class against the mean predicted probability, by bin.
 * `before`: the curve without the temperature, drawn thin.
 */
export function calibration(
  name: string,
  { calibration: bins = [], brier = 0, ece = 0 }: SplitMetrics,
  before: Calibration | undefined,
  color: number,
  t: Words,
): Figure {
  const stroke = { value: SERIES[color % SERIES.length] };
  const place = { x: { scale: "x", field: "predicted" }, y: { scale: "y", field: "observed" } };
  const p = t.plots;
  return {
    name,
    title: p.calibration,
    alt: p.calibrationAlt(
      brier.toFixed(4),
      ece.toFixed(4),
      bins.map((bin) => p.binAlt(count(bin.n), bin.predicted.toFixed(2), bin.observed.toFixed(2))),
    ),
    caption: p.calibrationCaption(brier.toFixed(4), ece.toFixed(4)) + (before ? p.uncalibrated(before.ece.toFixed(4)) : ""),
    spec: chart(
      { height: SIDE },
      {
        data: [
          { name: "bins", values: bins },
          { name: "before", values: before?.calibration ?? [] },
        ],
        scales: [
          ...UNIT_SCALES,
          // The area of a dot is proportional to its number of images; small ones stay visible.
          { name: "size", type: "linear", domain: [0, Math.max(1, max(bins, ({ n }) => n) ?? 0)], range: [30, 420] },
        ],
        axes: unitAxes(p.meanProbability, p.observedShare),
        marks: [
          diagonal({ stroke: { value: MUTED }, strokeDash: { value: [3, 3] } }),
          {
            type: "line",
            from: { data: "before" },
            encode: { enter: { ...place, stroke: { value: MUTED }, strokeWidth: { value: 1 } } },
          },
          { type: "line", from: { data: "bins" }, encode: { enter: { ...place, stroke, strokeWidth: { value: 1.5 } } } },
          {
            type: "symbol",
            from: { data: "bins" },
            encode: {
              enter: {
                ...place,
                size: { scale: "size", field: "n" },
                fill: stroke,
                fillOpacity: { value: 0.75 },
                stroke: { value: RULE },
              },
            },
          },
        ],
      },
    ),
    data: {
      caption: p.calibrationData,
      columns: [right(p.bin), right(t.data.images), right(p.meanProbability), right(p.observedShare)],
      rows: bins.map(({ from, to, n, predicted, observed }) => [
        `${from.toFixed(1)}–${to.toFixed(1)}`,
        count(n),
        predicted.toFixed(4),
        observed.toFixed(4),
      ]),
    },
  };
}
