// Whole runs: several models and seeds, saved in a folder, evaluated and reported, as by `pulmo run` and `pulmo train`.
import { physicalCores } from "../node/cores.js";
import type { Variant } from "../node/variant.js";
import type { PlotFormat } from "../report/plots/formats.js";
import type { Language } from "../report/text/languages.js";
import type { RunResults as Metrics } from "../results/metrics.js";
import { type CallOptions, callerOf } from "../run/caller.js";
import { settingsHost } from "../run/datasets/fetched-data.js";
import { defaultFolder } from "../run/folder.js";
import { runAll } from "../run/run.js";
import type { RunFile } from "../run/run-file.js";
import type { Effort, Request } from "../run/training/job.js";
import { trainAll } from "../run/training/train.js";
import { changesIn, checkSettings, refuseChanges, resolveSettings, type TrainSettings } from "../settings/resolve.js";
import { trainings } from "../settings/settings.js";
import { MAX_THREADS } from "../settings/table.js";

export { defaultFolder, RUN_FILE } from "../run/folder.js";

export interface RunOptions extends TrainSettings, CallOptions {
  /** Continues the run in this folder with its settings. */
  resume?: string | undefined;
  /** Kernel variant; default: the fastest that works here. */
  wasm?: Variant | undefined;
  /** Language of the report and of the lines for `reporter`, except notes, warnings and errors about files; default: en. */
  lang?: Language | undefined;
  /** Formats of the plots beside the report; default: svg and, where this machine has a font, png. */
  plots?: PlotFormat[] | undefined;
}

/** More threads than physical cores make a training slower. */
export const defaultThreads = (): number => Math.min(physicalCores(), MAX_THREADS);

/** Machine-specific options of the trainings. */
export const effortOf = (given: TrainSettings, wasm: Variant | undefined): Effort => ({
  ...{ threads: given.threads ?? defaultThreads(), wasm, saveEvery: given.saveEvery, spare: given.spare },
  watch: { metricsFile: given.metricsFile, tensorboard: given.tensorboard },
});

function requestOf(command: Request["command"], options: RunOptions): Request {
  const { resume, wasm, lang: _, plots: ____, reporter: __, signal: ___, ...rest } = options;
  const given = checkSettings(rest);
  const how = { command, ...effortOf(given, wasm) };
  const { out = defaultFolder(), weights } = given;
  if (resume === undefined) return { ...how, out, begin: { settings: resolveSettings(given, settingsHost()), weights } };
  refuseChanges(resume, given);
  return { ...how, out: resume, begin: undefined, changes: changesIn(given) };
}

/**
 * Trains every model with every seed, evaluates it and writes the report to `out`. Returns the content of metrics.json and the
 * folder. On abort, saves the training and rejects with the signal's reason; `resume` continues it.
 */
export async function run(options: RunOptions): Promise<RunResults> {
  const request = requestOf("run", options);
  const { lang, plots } = options;
  // Before the training: afterwards would be late.
  if (plots?.includes("png")) await (await import("../report/plots/png.js")).requireFont(lang);
  return { out: request.out, ...(await runAll(request, { language: lang, plots }, callerOf(options))) };
}

/** The content of metrics.json, and the run's folder. */
export interface RunResults extends Metrics {
  out: string;
}

export interface TrainedModels {
  out: string;
  /** By training key: the model's name, or `<model>/seed-<n>`. */
  models: Record<string, Pick<RunFile["models"][string], "params" | "trainSeconds" | "epochs">>;
}

/** Runs the trainings without evaluation. `run({ resume: out })` evaluates them later. */
export async function trainModels(options: RunOptions): Promise<TrainedModels> {
  const request = requestOf("train", options);
  const { options: settings, models } = await trainAll(request, callerOf(options));
  const found = trainings(settings).map(({ key }) => {
    const { params, trainSeconds, epochs } = models[key];
    return [key, { params, trainSeconds, epochs }];
  });
  return { out: request.out, models: Object.fromEntries(found) };
}
