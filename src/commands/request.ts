// What `run` and `train` share: from what was typed to what is asked for.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { defaultFolder, RUN_FILE } from "../run/folder.js";
import { advise } from "../run/interrupt.js";
import { PROGRAM, quoted } from "../run/program.js";
import { readRunFile } from "../run/run-file.js";
import { type SettingsAsked, settingsOf } from "../run/settings-asked.js";
import type { Effort, Request } from "../run/training/job.js";

/** How any training is done here, whatever it is of. As typed: undefined is "not given". */
export interface EffortArguments {
  threads: number;
  "save-every": number | undefined;
  spare: string | undefined;
  "metrics-file": string | undefined;
  tensorboard: string | undefined;
}

/** As typed: undefined is "not given". */
export interface TrainingArguments extends SettingsAsked, EffortArguments {
  weights: string | undefined;
  out: string | undefined;
  resume: string | undefined;
  quiet: boolean;
  json: boolean;
}

export const effortOf = ({ threads, spare, tensorboard, ...typed }: EffortArguments): Effort => ({
  threads,
  saveEvery: typed["save-every"],
  spare,
  watch: { metricsFile: typed["metrics-file"], tensorboard },
});

export async function requestOf(command: "run" | "train", typed: TrainingArguments): Promise<Request> {
  const { resume, out = defaultFolder(), weights } = typed;
  const how = { command, ...effortOf(typed) };
  if (resume === undefined) return { ...how, out, settings: settingsOf(typed), weights };
  refuseSettings(typed);
  const previous = await readRunFile(resume);
  return { ...how, out: resume, settings: previous.options, previous };
}

/** From now on, an interruption's message says how to continue, once there is something to continue. */
export function adviseToResume({ command, out }: Request): void {
  advise(() => (existsSync(join(out, RUN_FILE)) ? `Continue with: ${PROGRAM} ${command} --resume ${quoted(out)}` : ""));
}

/** A resumed run keeps its settings: different ones would be ignored, so they are refused. */
function refuseSettings(typed: TrainingArguments): void {
  const kept = [
    "out",
    "data",
    "classes",
    "limit",
    "strict",
    "recipe",
    "models",
    "epochs",
    "batch-size",
    "lr",
    "seed",
    "seeds",
    "val-split",
    "fold",
    "track",
    "target-recall",
    "weights",
  ] as const;
  const without = (["pictures", "stress"] as const).find((name) => !typed[name]);
  const name = without ? `no-${without}` : kept.find((name) => typed[name] !== undefined && typed[name] !== false);
  if (name)
    throw new InputError(`--resume goes on with the settings that ${typed.resume} was started with: leave out --${name}.`);
}
