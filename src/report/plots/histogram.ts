import { max } from "d3-array";
import type { Mark } from "vega";
import { CLASSES } from "../../data/types.js";
import type { SplitMetrics } from "../../results/metrics.js";
import { type Figure, right } from "../blocks.js";
import { count } from "../format.js";
import type { Words } from "../text/index.js";
import { axis, chart, INK, MUTED, RIGHT, WRONG } from "./chart.js";

const PANEL = 122;
/** Space between the panels for the title of the lower one. */
const GAP = 40;
const LABEL = 14;

/** Histogram of p with one panel per true class. Bars with their middle on the wrong side of the threshold have the colour of errors. */
export function histogram(name: string, { histogram: counts, perClass }: SplitMetrics, t: Words, threshold = 0.5): Figure {
  const p = t.plots;
  const bins = counts!.NORMAL.length;
  const panels = CLASSES.map((label, c) => {
    const values = counts![label].map((n, bin) => ({
      from: bin / bins,
      to: (bin + 1) / bins,
      n,
      fill: (c === 1) === (bin + 0.5) / bins > threshold ? RIGHT : WRONG,
    }));
    return {
      label,
      values,
      top: LABEL + c * (PANEL + GAP),
      most: Math.max(1, max(counts![label]) ?? 0),
      support: perClass[label].support,
    };
  });
  const below = (label: "NORMAL" | "PNEUMONIA") => counts![label].slice(0, bins / 2).reduce((sum, n) => sum + n, 0);
  return {
    name,
    title: p.scores,
    alt: p.scoresAlt(
      count(below("NORMAL")),
      count(perClass.NORMAL.support),
      count(below("PNEUMONIA")),
      count(perClass.PNEUMONIA.support),
    ),
    spec: chart(
      { height: LABEL + 2 * PANEL + GAP },
      {
        data: panels.map(({ label, values }) => ({ name: label, values })),
        scales: [
          { name: "x", domain: [0, 1], range: "width" },
          ...panels.map(({ label, most, top }) => ({
            name: `y${label}`,
            type: "linear" as const,
            domain: [0, most],
            nice: true,
            range: [top + PANEL, top],
          })),
        ],
        axes: [
          axis("bottom", "x", { title: p.probability, values: [0, 0.2, 0.4, 0.5, 0.6, 0.8, 1], format: ".1f", grid: false }),
          ...panels.map(({ label }) => axis("left", `y${label}`, { tickCount: 4, format: "d", tickMinStep: 1 })),
        ],
        marks: panels.flatMap(({ label, top, support }) => [
          bars(label),
          title(`${t.classes[CLASSES.indexOf(label)]}, ${t.count.images(support)}`, top),
          line(threshold, top),
        ]),
      },
    ),
    data: {
      caption: p.scoresData,
      columns: [right(p.probability), ...t.classes.map((name) => right(name))],
      rows: counts!.NORMAL.map((n, bin) => [
        `${(bin / bins).toFixed(2)}–${((bin + 1) / bins).toFixed(2)}`,
        count(n),
        count(counts!.PNEUMONIA[bin] ?? 0),
      ]),
    },
  };
}

function bars(label: string): Mark {
  return {
    type: "rect",
    from: { data: label },
    encode: {
      enter: {
        x: { scale: "x", field: "from", offset: 0.5 },
        x2: { scale: "x", field: "to", offset: -0.5 },
        y: { scale: `y${label}`, field: "n" },
        y2: { scale: `y${label}`, value: 0 },
        fill: { field: "fill" },
      },
    },
  };
}

/** Above the panel, so that no bar covers it. */
function title(text: string, top: number): Mark {
  return {
    type: "text",
    encode: {
      enter: {
        x: { value: 0 },
        y: { value: top - 6 },
        text: { value: text },
        fontSize: { value: 11.5 },
        fontWeight: { value: 600 },
        fill: { value: INK },
      },
    },
  };
}

function line(threshold: number, top: number): Mark {
  return {
    type: "rule",
    encode: {
      enter: {
        x: { scale: "x", value: threshold },
        y: { value: top },
        y2: { value: top + PANEL },
        stroke: { value: MUTED },
        strokeDash: { value: [3, 3] },
      },
    },
  };
}
