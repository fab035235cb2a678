// The page of a sweep: the results of each combination of settings, their spread, and tests of their differences.
import { MODELS } from "../core/models/index.js";
import type { Spread, SweepResults, SweepRow } from "../results/sweep.js";
import { type Block, type Cell, left, NONE, right } from "./blocks.js";
import { markOf } from "./dataset-mark.js";
import { aucPoints, aucRange, percent, pValue, shortValue } from "./format.js";
import { settingsPlot } from "./plots/parallel-coordinates.js";
import type { Page } from "./render/page.js";
import { type Words, wordsOf } from "./text/index.js";
import type { Language } from "./text/languages.js";
import { type PagePaths, writePage } from "./write.js";

export const writeSweep = (paths: PagePaths, sweep: SweepResults, faults: string[], language: Language = "en"): Promise<void> =>
  writePage(paths, sweepPage(sweep, faults, wordsOf(language, MODELS)), "pulmo", new Map());

function sweepPage(sweep: SweepResults, faults: string[], t: Words): Page {
  const { rows, chosenBy, seeds, folds, testImages } = sweep;
  const w = t.sweep;
  const blocks: Block[] = [
    { kind: "paragraph", text: w.how(rows.length, seeds.length, folds ?? 1, testImages) },
    { kind: "paragraph", text: w.tests },
    {
      kind: "table",
      stack: true,
      caption: w.caption[chosenBy],
      columns: columnsOf(sweep, t),
      rows: rows.map((row) => cellsOf(row, sweep, t)),
    },
  ];
  if (sweep.varied.length > 0) blocks.push({ kind: "figures", figures: [settingsPlot(sweep, t)] });
  return {
    title: w.title,
    subtitle: w.subtitle(rows.reduce((n, { count }) => n + count, 0)),
    banner: markOf(sweep, t),
    notices: [
      ...(chosenBy === "test" ? [w.chosenByTest] : []),
      ...(faults.length > 0 ? [[`${w.missing} `, { code: faults.slice(0, 10).join("; ") }]] : []),
    ],
    sections: [{ id: "settings", title: w.section, blocks }],
    t,
  };
}

const columnsOf = ({ varied }: SweepResults, t: Words) => [
  left(varied.join(", ") || t.sweep.setting),
  right(t.sweep.trainings),
  right(t.sweep.validationAuc),
  ...["auc", "accuracy", "recall", "specificity"].map((name) => right(t.columns[name as keyof Words["columns"]])),
  right(t.sweep.ensemble),
  right(t.sweep.difference),
  right(t.columns.trainTime),
];

const valuesText = ({ values }: SweepRow): string => Object.values(values).map(shortValue).join(", ") || "–";

function cellsOf(row: SweepRow, { rows }: SweepResults, t: Words): Cell[] {
  const { test, together, difference } = row;
  const area = (value: number) => value.toFixed(4);
  const cell = (spread: Spread | null, show: (value: number) => string): Cell =>
    spread ? { text: show(spread.mean), note: spread.deviation === null ? "" : `± ${show(spread.deviation)}` } : NONE;
  const share = (value: number) => percent(value, 1);
  return [
    [{ code: valuesText(row) }],
    String(row.count),
    cell(row.validationAuc, area),
    cell(test.auc, area),
    ...(["accuracy", "recall", "specificity"] as const).map((name) => cell(test[name], share)),
    together.auc === null ? NONE : { text: area(together.auc), note: together.interval ? aucRange(together.interval) : "" },
    difference
      ? { text: aucPoints(difference.auc), note: `p ${pValue(difference.corrected)}` }
      : row === rows[0]
        ? { text: t.sweep.chosen, muted: true }
        : NONE,
    t.seconds(row.seconds.mean),
  ];
}
