// What `run` and `train` share: from what was typed to what is asked for.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { physicalCores } from "../node/cores.js";
import { settingsHost } from "../run/datasets/fetched-data.js";
import { defaultFolder, RUN_FILE } from "../run/folder.js";
import { advise } from "../run/interrupt.js";
import { PROGRAM, quoted } from "../run/program.js";
import { readRunFile } from "../run/run-file.js";
import type { Effort, Request } from "../run/training/job.js";
import { type GivenSettings, refuseChanges, resolveSettings } from "../settings/resolve.js";
import { type EFFORT, type Given, MAX_THREADS, SETTINGS } from "../settings/table.js";
import { givenOf } from "./table-options.js";

export type TrainingArguments = Record<string, unknown>;

export const trainingOf = (argv: TrainingArguments): GivenSettings => givenOf(argv, SETTINGS);

/** More threads than physical cores are slower. */
export const defaultThreads = (): number => Math.min(physicalCores(), MAX_THREADS);

export const effortOf = (given: Given<typeof EFFORT>): Effort => ({
  threads: given.threads ?? defaultThreads(),
  saveEvery: given.saveEvery,
  spare: given.spare,
  watch: { metricsFile: given.metricsFile, tensorboard: given.tensorboard },
});

export async function requestOf(command: "run" | "train", given: GivenSettings, resume: string | undefined): Promise<Request> {
  const { out = defaultFolder(), weights } = given;
  const how = { command, ...effortOf(given) };
  if (resume === undefined) return { ...how, out, settings: resolveSettings(given, settingsHost()), weights };
  refuseChanges(resume, given);
  const previous = await readRunFile(resume);
  return { ...how, out: resume, settings: previous.options, previous };
}

/** From now on, an interruption's message says how to continue, once there is something to continue. */
export function adviseToResume({ command, out }: Request): void {
  advise(() => (existsSync(join(out, RUN_FILE)) ? `Continue with: ${PROGRAM} ${command} --resume ${quoted(out)}` : ""));
}
