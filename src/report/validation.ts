import type { DatasetFacts } from "./results.js";

export function validationSize({ counts: { val } }: DatasetFacts): number {
  return val.NORMAL + val.PNEUMONIA;
}
