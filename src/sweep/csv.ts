// sweep.csv: one line per row of the sweep's table.
import { csvText } from "../data/csv-text.js";
import type { Spread, SweepResults } from "../results/sweep.js";

const FIGURES = ["auc", "accuracy", "recall", "specificity"] as const;

/** The seconds, which are not deterministic, come last. */
export function sweepCsv({ varied, rows }: SweepResults): string {
  const both = (name: string) => [name, `${name}_sd`];
  const header = [
    ...varied,
    "trainings",
    ...both("val_auc"),
    ...FIGURES.flatMap((figure) => both(`test_${figure}`)),
    ...["together_auc", "together_low", "together_high", "difference", "p", "p_holm"],
    ...both("seconds"),
  ];
  const of = (spread: Spread | null) => [spread?.mean ?? "", spread?.deviation ?? ""];
  const lines = rows.map(({ values, count, validationAuc, test, together, difference, seconds }) => [
    ...varied.map((name) => values[name]),
    count,
    ...of(validationAuc),
    ...FIGURES.flatMap((figure) => of(test[figure])),
    ...[together.auc ?? "", ...(together.interval ?? ["", ""])],
    ...(difference ? [difference.auc, difference.pValue, difference.corrected] : ["", "", ""]),
    ...of(seconds),
  ]);
  return csvText([header, ...lines]);
}
