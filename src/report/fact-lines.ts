// What several sections derive from metrics.json.
import type { DatasetFacts, SplitMetrics } from "../results/metrics.js";
import type { Words } from "./text/index.js";

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

/** What every page of a report on other than a person's own images says. */
export interface Mark {
  title: string;
  text: string;
  short: string;
}

/** null: the images are the person's own. */
export function markOf({ synthetic, sample }: Pick<DatasetFacts, "synthetic" | "sample">, { page }: Words): Mark | null {
  if (synthetic) return { title: page.syntheticTitle, text: page.synthetic, short: page.syntheticMark };
  if (sample) return { title: page.sampleTitle, text: page.sample, short: page.sampleMark };
  return null;
}
