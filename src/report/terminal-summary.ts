import { max } from "d3-array";
import { CLASSES, type ClassNames } from "../data/types.js";
import type { ModelResults, RunResults, SplitMetrics } from "../results/metrics.js";
import { auc, count, percent } from "./format.js";

const COLUMNS = 80;

/** The last output of a run: a table of the models and their confusion matrices on test, 80 columns wide. */
export function terminalSummary({ dataset, models }: RunResults): string {
  const { NORMAL, PNEUMONIA } = dataset.counts.test;
  const { classes = CLASSES } = dataset;
  const marks = [
    ...(dataset.synthetic ? ["synthetic data"] : dataset.sample ? ["sample"] : []),
    ...(dataset.limit === null ? [] : [`--limit ${dataset.limit}`]),
  ];
  const of = `Test: ${count(NORMAL + PNEUMONIA)} images, ${count(NORMAL)} ${classes[0]}, ${count(PNEUMONIA)} ${classes[1]}`;
  return [
    marks.length === 0 ? of : `${of} (${marks.join(", ")})`,
    "",
    ...comparison(Object.entries(models)),
    "",
    "Confusion matrices on test (rows: true class, columns: predicted class)",
    "",
    ...sideBySide(Object.entries(models).map(([name, { test }]) => matrix(name, test, classes))),
    "",
  ].join("\n");
}

function comparison(models: [string, ModelResults][]): string[] {
  const rows = models.map(([name, { test, trainSeconds, params }]) => [
    name,
    percent(test.accuracy),
    percent(test.perClass.PNEUMONIA.recall),
    percent(test.perClass.PNEUMONIA.precision),
    auc(test.auc),
    `${trainSeconds.toFixed(1)} s`,
    count(params),
  ]);
  return aligned([["model", "accuracy", "recall", "precision", "AUC", "training time", "parameters"], ...rows]);
}

/** The first column is left-aligned and cut to fit the line; the others are right-aligned, two spaces apart. */
export function aligned(rows: string[][]): string[] {
  const widths = rows[0].map((_, c) => max(rows, (row) => row[c].length)!);
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.min(widths[0], COLUMNS - others);
  return rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.slice(0, widths[0]).padEnd(widths[0]) : cell.padStart(widths[c]))).join("  "),
  );
}

function matrix(name: string, { confusion: [[tn, fp], [fn, tp]] }: SplitMetrics, classes: ClassNames): string[] {
  const [negative, positive] = classes.map((title) => title.slice(0, 9));
  const narrow = (title: string) => (title.length > 7 ? `${title.slice(0, 5)}.` : title);
  const row = (label: string, a: string, b: string) => `${label.padEnd(9)}${a.padStart(7)}${b.padStart(8)}`;
  return [
    name.slice(0, 24).padEnd(24),
    row("", narrow(negative), narrow(positive)),
    row(negative, String(tn), String(fp)),
    row(positive, String(fn), String(tp)),
  ];
}

/** Blocks of equal size, as many per row as fit. */
function sideBySide(blocks: string[][]): string[] {
  const gap = "    ";
  const perRow = Math.floor((COLUMNS + gap.length) / (blocks[0][0].length + gap.length));
  const lines: string[] = [];
  for (let first = 0; first < blocks.length; first += perRow) {
    const group = blocks.slice(first, first + perRow);
    if (first > 0) lines.push("");
    lines.push(
      ...group[0].map((_, i) =>
        group
          .map((b) => b[i])
          .join(gap)
          .trimEnd(),
      ),
    );
  }
  return lines;
}
