import { InputError } from "../core/errors.js";
import type { RunResults } from "../results/metrics.js";
import type { Pictures } from "../results/picture-list.js";
import type { StudyRow } from "./study.js";
import type { Words } from "./text/index.js";

/** The input of every section. */
export interface ReportInput {
  results: RunResults;
  /** By model; null if a model has no pictures. */
  pictures: Record<string, Pictures | null>;
  /** The study's results of a model; null if there are none, or if the images are synthetic or the sample. */
  studyOf: (model: string) => StudyRow | null;
  /** SHA-256 of the model.safetensors from which the model that comes with pulmo was made; undefined: there is none. */
  packagedSha256?: string | undefined;
  /** The words of the report's language. */
  t: Words;
}

/** Model names become file names (plots/roc-<model>.svg) and ids, so other characters are refused. */
export function checkModelNames(results: RunResults): void {
  const names = Object.keys(results.models);
  if (names.length === 0) throw new InputError("metrics.json contains no model, so there is nothing to report.");
  const odd = names.find((name) => !/^[a-z0-9][a-z0-9-]{0,39}$/.test(name));
  if (odd !== undefined) {
    const shown = JSON.stringify(odd.slice(0, 60));
    throw new InputError(`The model name ${shown} in metrics.json is invalid: use a-z, 0-9 and hyphens.`);
  }
}
