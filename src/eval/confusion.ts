/**
 * Counts and metrics with scikit-learn's names and definitions; class 1 is positive. Divisions by zero give 0
 * (zero_division=0). The floating-point operations have the order of scikit-learn 1.2, so that values round to the same
 * digits.
 */
import type { ClassMetrics, Confusion } from "../results/metrics.js";

/** Class 1 if log-odds > threshold. A threshold of 0 (p = 0.5) equals the argmax of the two logits; ties give class 0. */
export function predictAt(logOdds: ArrayLike<number>, threshold = 0): Uint8Array {
  return Uint8Array.from(logOdds, (x) => (x > threshold ? 1 : 0));
}

export function confusionMatrix(labels: ArrayLike<number>, predicted: ArrayLike<number>): Confusion {
  const counts: Confusion = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < labels.length; i++) counts[labels[i]][predicted[i]]++;
  return counts;
}

export function accuracy([[tn, fp], [fn, tp]]: Confusion): number {
  return ratio(tn + tp, tn + fp + fn + tp);
}

/** precision = TP / (TP + FP), recall = TP / (TP + FN), f1 = 2 P R / (P + R), with `positive` as the positive class. */
export function classMetrics(confusion: Confusion, positive: 0 | 1): ClassMetrics {
  const negative = positive === 1 ? 0 : 1;
  const hits = confusion[positive][positive];
  const support = hits + confusion[positive][negative];
  const precision = ratio(hits, hits + confusion[negative][positive]);
  const recall = ratio(hits, support);
  return { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support };
}

/** Unweighted mean of the two classes. */
export function macroAverage(a: ClassMetrics, b: ClassMetrics): ClassMetrics {
  return average(a, b, 1, 1);
}

/** Mean of the two classes, weighted by support. */
export function weightedAverage(a: ClassMetrics, b: ClassMetrics): ClassMetrics {
  return average(a, b, a.support, b.support);
}

function average(a: ClassMetrics, b: ClassMetrics, wa: number, wb: number): ClassMetrics {
  const mean = (x: number, y: number) => ratio(x * wa + y * wb, wa + wb);
  return {
    precision: mean(a.precision, b.precision),
    recall: mean(a.recall, b.recall),
    f1: mean(a.f1, b.f1),
    support: a.support + b.support,
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
