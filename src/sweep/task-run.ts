// Whether a run is that of a task: the same settings, weights, version of pulmo and rounding as planned.
import { isDeepStrictEqual } from "node:util";
import { roundingOf } from "../node/variant.js";
import type { RunFile } from "../run/run-file.js";
import { flagOf } from "../settings/table.js";
import type { SweepManifest, SweepTask } from "./manifest.js";

type Recorded = Pick<RunFile, "options">;

/** What differs, for a message; undefined: nothing. */
export function differenceOf({ settings, weights }: SweepTask, { options }: Recorded): string | undefined {
  const { weights: _, ...planned } = settings;
  const { weights: used, ...recorded } = options;
  const keys = new Set([...Object.keys(planned), ...Object.keys(recorded)]) as Set<keyof typeof planned>;
  for (const key of keys) if (!isDeepStrictEqual(planned[key], recorded[key])) return `another ${flagOf(key)}`;
  return used?.sha256 === weights?.sha256 ? undefined : "other weights";
}

/** The same for a finished run. */
export function finishedDifference(manifest: SweepManifest, task: SweepTask, file: RunFile): string | undefined {
  if (!file.finished) return "not finished";
  const { pulmo, wasm } = file.finished.environment;
  if (pulmo !== manifest.pulmo) return `pulmo ${pulmo} instead of ${manifest.pulmo}`;
  if (roundingOf(wasm) !== manifest.bits) return "other rounding";
  return differenceOf(task, file);
}
