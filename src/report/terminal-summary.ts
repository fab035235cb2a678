import { max, sum } from "d3-array";
import { columnsOf, cutToColumns as cut } from "../core/columns.js";
import { printable } from "../core/printable.js";
import { CLASSES, type ClassNames } from "../data/types.js";
import type { ModelResults, RunResults, SplitMetrics } from "../results/metrics.js";
import { dataProblems } from "./data-problems.js";
import { auc, count, percent } from "./format.js";
import { LANGUAGES } from "./text/index.js";
import type { Language } from "./text/languages.js";
import { type TerminalWords, terminalWords } from "./text/terminal.js";

const COLUMNS = 80;

/** The last output of a run: a table of the models and their confusion matrices on test, 80 columns wide. */
export function terminalSummary({ dataset, models }: RunResults, language: Language = "en"): string {
  const { NORMAL, PNEUMONIA } = dataset.counts.test;
  const { classes = CLASSES } = dataset;
  const t = terminalWords(language);
  const marks = [
    ...(dataset.synthetic ? [t.synthetic] : dataset.sample ? [t.sample] : []),
    ...(dataset.limit === null ? [] : [`--limit ${dataset.limit}`]),
  ];
  const of = t.tested(NORMAL + PNEUMONIA, `${count(NORMAL)} ${classes[0]}, ${count(PNEUMONIA)} ${classes[1]}`);
  return [
    marks.length === 0 ? of : `${of} (${marks.join(", ")})`,
    "",
    ...comparison(Object.entries(models), t),
    "",
    t.matrices,
    "",
    ...sideBySide(Object.entries(models).map(([name, { test }]) => matrix(name, test, classes))),
    "",
    ...dataProblems(dataset, LANGUAGES[language](classes)).flatMap(wrapped),
  ].join("\n");
}

function comparison(models: [string, ModelResults][], t: TerminalWords): string[] {
  const rows = models.map(([name, { test, trainSeconds, params }]) => [
    name,
    percent(test.accuracy),
    percent(test.perClass.PNEUMONIA.recall),
    percent(test.perClass.PNEUMONIA.precision),
    auc(test.auc),
    t.seconds(trainSeconds),
    count(params),
  ]);
  return aligned([t.columns, ...rows]);
}

const padding = (text: string, width: number): string => " ".repeat(Math.max(0, width - columnsOf(text)));
const padEnd = (text: string, width: number): string => text + padding(text, width);
const padStart = (text: string, width: number): string => padding(text, width) + text;

/** Lines of at most 80 columns, ended by an empty one. */
function wrapped(sentence: string): string[] {
  const lines = [""];
  for (const word of printable(sentence).split(" ")) {
    const line = `${lines.at(-1)}${lines.at(-1) === "" ? "" : " "}${word}`;
    if (columnsOf(line) <= COLUMNS) lines[lines.length - 1] = line;
    else lines.push(...pieces(word));
  }
  return [...lines, ""];
}

/** A long path breaks at the end of the line. */
function pieces(word: string): string[] {
  const first = cut(word, COLUMNS);
  return first === word ? [word] : [first, ...pieces(word.slice(first.length))];
}

/** The first column is left-aligned and cut to fit the line; the others are right-aligned, two spaces apart. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, c) => max(rows, (row) => columnsOf(row[c]))!);
  widths[0] = Math.min(widths[0], COLUMNS - sum(widths.slice(1), (width) => width + 2));
  return rows.map((row) =>
    row.map((cell, c) => (c === 0 ? padEnd(cut(cell, widths[0]), widths[0]) : padStart(cell, widths[c]))).join("  "),
  );
}

function matrix(name: string, { confusion: [[tn, fp], [fn, tp]] }: SplitMetrics, classes: ClassNames): string[] {
  const [negative, positive] = classes.map((title) => cut(title, 9));
  const narrow = (title: string) => (columnsOf(title) > 7 ? `${cut(title, 5)}.` : title);
  const row = (label: string, a: string, b: string) => `${padEnd(label, 9)}${padStart(a, 7)}${padStart(b, 8)}`;
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
