import type { DatasetFacts } from "../results/metrics.js";

/** Fewer validation images cannot select a model or a threshold. */
export const FEW_VALIDATION_IMAGES = 100;

export function validationSize({ counts: { val } }: DatasetFacts): number {
  return val.NORMAL + val.PNEUMONIA;
}
