import { CLASSES, type ClassNames } from "../data/types.js";
import type { ClassMetrics, SplitMetrics } from "../results/metrics.js";
import { roundHalfEven } from "./round.js";

/** The metrics that the text contains. */
export type ReportFacts = Pick<SplitMetrics, "confusion" | "perClass" | "macro" | "weighted">;

/**
 * Byte for byte the text of scikit-learn 1.2's classification_report(y, yhat, labels=[0, 1],
 * target_names=classes, zero_division=0).
 */
export function classificationReport(
  { confusion, perClass, macro, weighted }: ReportFacts,
  digits = 2,
  classes: ClassNames = CLASSES,
): string {
  const [[tn, fp], [fn, tp]] = confusion;
  const width = Math.max(...[...classes, "weighted avg"].map(({ length }) => length), digits);
  // If no prediction is correct, scikit-learn's counts come from np.zeros and are printed as floats.
  const count = (support: number) => (tn + tp === 0 ? `${support}.0` : String(support));
  const line = (heading: string, cells: string[]) =>
    `${heading.padStart(width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join("")}`;
  const row = (heading: string, m: ClassMetrics) =>
    line(heading, [...[m.precision, m.recall, m.f1].map((x) => roundHalfEven(x, digits)), count(m.support)]);

  // Over both classes, micro-averaged precision = recall = accuracy, and the row is named "accuracy". If a class occurs neither
  // in the labels nor in the predictions, scikit-learn names the row "micro avg" and fills all its columns.
  const oneClassOnly = fp + fn === 0 && (tn === 0 || tp === 0);
  const micro = microAverage((tn + tp) / macro.support, macro.support);
  return [
    line("", ["precision", "recall", "f1-score", "support"]),
    "",
    row(classes[0], perClass.NORMAL),
    row(classes[1], perClass.PNEUMONIA),
    "",
    oneClassOnly ? row("micro avg", micro) : line("accuracy", ["", "", roundHalfEven(micro.f1, digits), count(macro.support)]),
    row("macro avg", macro),
    row("weighted avg", weighted),
    "",
  ].join("\n");
}

/** scikit-learn prints the accuracy a as 2 a a / (a + a). Its last bit may differ from a and then decides a tie (19/40 -> 0.48). */
function microAverage(a: number, support: number): ClassMetrics {
  return { precision: a, recall: a, f1: a === 0 ? 0 : (2 * a * a) / (a + a), support };
}
