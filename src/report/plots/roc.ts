import type { Mark } from "vega";
import type { Figure } from "../blocks.js";
import { auc as aucText, listed } from "../format.js";
import type { SplitMetrics } from "../results.js";
import { axis, chart, DASHES, INK, MUTED, RULE, SERIES } from "./chart.js";

export interface RocLine {
  title: string;
  split: SplitMetrics;
  /** Index into SERIES and DASHES. */
  color: number;
  dash: number;
}

/** Receiver operating characteristic; lines of a split with one class are left out. */
export function roc(name: string, title: string, lines: RocLine[]): Figure {
  const drawn = lines.filter(({ split }) => split.auc !== null);
  const data = drawn.map(({ split }, i) => ({
    name: `line${i}`,
    values: split.roc.map(({ fpr, tpr }) => ({ fpr, tpr })),
  }));
  const said = lines.map((line) => `${line.title} has an area of ${aucText(line.split.auc)}`);
  return {
    name,
    title,
    alt: `true positive rate against false positive rate; ${listed(said)}.`,
    spec: chart({ height: 298 }, {
      data,
      scales: [
        { name: "x", domain: [0, 1], range: "width" },
        { name: "y", domain: [0, 1], range: "height" },
      ],
      axes: [
        axis("bottom", "x", { title: "false positive rate (1 − specificity)", values: TICKS, format: ".1f" }),
        axis("left", "y", { title: "true positive rate (recall)", values: TICKS, format: ".1f" }),
      ],
      marks: [chance, ...drawn.map(line), ...lines.flatMap(key)],
    }),
  };
}

const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

const chance: Mark = {
  type: "rule",
  encode: { enter: {
    x: { scale: "x", value: 0 }, y: { scale: "y", value: 0 }, x2: { scale: "x", value: 1 }, y2: { scale: "y", value: 1 },
    stroke: { value: RULE }, strokeWidth: { value: 1.5 },
  } },
};

function line({ color, dash }: RocLine, i: number): Mark {
  return {
    type: "line",
    from: { data: `line${i}` },
    encode: { enter: {
      x: { scale: "x", field: "fpr" }, y: { scale: "y", field: "tpr" },
      stroke: { value: SERIES[color % SERIES.length] }, strokeWidth: { value: 2 }, strokeDash: { value: DASHES[dash % DASHES.length] },
      strokeJoin: { value: "round" },
    } },
  };
}

/** A row of the key, in the empty corner under the curves. */
function key({ title, split, color, dash }: RocLine, i: number, { length }: { length: number }): Mark[] {
  const y = 298 - 14 - 18 * (length - 1 - i);
  return [
    {
      type: "rule",
      encode: { enter: {
        x: { value: 112 }, x2: { value: 136 }, y: { value: y - 4 },
        stroke: { value: SERIES[color % SERIES.length] }, strokeWidth: { value: 2 }, strokeDash: { value: DASHES[dash % DASHES.length] },
      } },
    },
    {
      type: "text",
      encode: { enter: { x: { value: 142 }, y: { value: y }, text: { value: title }, fontSize: { value: 11.5 }, fill: { value: INK } } },
    },
    {
      type: "text",
      encode: { enter: {
        x: { value: 292 }, y: { value: y }, align: { value: "right" }, text: { value: aucText(split.auc) },
        fontSize: { value: 11.5 }, fill: { value: MUTED },
      } },
    },
  ];
}
