// What several sections derive from metrics.json.
import type { DatasetFacts, SplitMetrics } from "../results/metrics.js";

/** With fewer validation images neither a model nor a threshold can be chosen. */
export const FEW_VALIDATION_IMAGES = 100;

export function validationSize({ counts: { val } }: DatasetFacts): number {
  return val.NORMAL + val.PNEUMONIA;
}

/** At the threshold 0.5, PNEUMONIA being positive; named as ThresholdMetrics names them. */
export function ratesOf({ accuracy, perClass: { NORMAL, PNEUMONIA } }: SplitMetrics) {
  const { recall, precision, f1 } = PNEUMONIA;
  return { accuracy, recall, specificity: NORMAL.recall, precision, f1 };
}
