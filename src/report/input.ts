import { InputError } from "../core/errors.js";
import type { RunResults } from "../results/metrics.js";
import type { Pictures } from "../results/picture-list.js";
import type { StudyRow } from "./study.js";
import type { Words } from "./text/index.js";

/** What every section is made from. */
export interface ReportInput {
  results: RunResults;
  /** By model; null where none were drawn. */
  pictures: Record<string, Pictures | null>;
  /** The study's results of a model; null where it has none, and on generated images, which they do not stand beside. */
  studyOf: (model: string) => StudyRow | null;
  /** The report's language. */
  t: Words;
}

/** Model names become file names (plots/roc-<model>.svg) and ids, so they must be plain. */
export function checkModelNames(results: RunResults): void {
  const names = Object.keys(results.models);
  if (names.length === 0) throw new InputError("metrics.json names no model; there is nothing to report.");
  const odd = names.find((name) => !/^[a-z0-9][a-z0-9-]{0,39}$/.test(name));
  if (odd !== undefined) {
    const shown = JSON.stringify(odd.slice(0, 60));
    throw new InputError(`The model name ${shown} in metrics.json is not made of a-z, 0-9 and hyphens.`);
  }
}
