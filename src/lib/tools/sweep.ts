// Sweeps: many trainings from one specification, on this machine or a cluster.
import { join } from "node:path";
import { writeFileAtomic } from "../../node/files.js";
import type { Language } from "../../report/text/languages.js";
import type { SweepResults } from "../../results/sweep.js";
import { sweepCsv } from "../../sweep/csv.js";
import { gatherSweep as readTasks } from "../../sweep/gather.js";
import { readManifestOf } from "../../sweep/manifest.js";

export { writeFileAtomic } from "../../node/files.js";
export type { Engine } from "../../sweep/engines/engine.js";
export { ENGINES } from "../../sweep/engines/index.js";
export { checkSweepFolder } from "../../sweep/folder-name.js";
export { readManifestOf, type SweepManifest } from "../../sweep/manifest.js";
export { planSweep } from "../../sweep/plan.js";
export { readSpec } from "../../sweep/spec.js";
export { statusOf, type TaskState } from "../../sweep/status.js";
export { workOn } from "../../sweep/work.js";
export { effortOf } from "../run.js";

/** Writes sweep.csv and sweep.html from the results of the tasks. `faults`: one sentence per skipped task. */
export async function gatherSweep(
  dir: string,
  { partial = false, lang }: { partial?: boolean; lang?: Language | undefined } = {},
): Promise<{ results: SweepResults; faults: string[] }> {
  const { results, faults } = await readTasks(dir, await readManifestOf(dir), partial);
  const at = (name: string) => join(dir, name);
  await writeFileAtomic(at("sweep.csv"), sweepCsv(results));
  // Dynamic import: the plotting library takes half a second to load.
  const { writeSweep } = await import("../../report/sweep-page.js");
  await writeSweep({ html: at("sweep.html"), markdown: at("sweep.md"), plots: at("plots") }, results, faults, lang);
  return { results, faults };
}
