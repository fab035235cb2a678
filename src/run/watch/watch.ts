// --metrics-file and --tensorboard: progress of a training for external tools.
import { join } from "node:path";
import { InputError } from "../../core/errors.js";
import { makeWritableFolder, writeFileAtomic, writeFileIfRead } from "../../node/files.js";
import type { EpochFigures, EpochResults } from "../../results/metrics.js";
import type { StepReport } from "../../train/loop.js";
import type { Caller } from "../caller.js";
import { checkOutputFile, checkOutputFolder, isWithin } from "../outputs.js";
import { METRICS_BEGINNING, type Progress, prometheusText } from "./prometheus.js";
import { createEventFile, type Scalar } from "./tensorboard.js";

export interface WatchOptions {
  /** A file for the textfile collector of Prometheus. */
  metricsFile?: string | undefined;
  /** A folder for TensorBoard. */
  tensorboard?: string | undefined;
}

/** The outputs of one training. If a file is no longer writable, warns once and continues. */
export interface Watch {
  step(report: StepReport): void;
  epoch(epoch: number, result: EpochResults): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 5000;
/** All trainings of this process: they share one file. */
const progress = new Map<string, Progress>();

export async function openWatch(key: string, { metricsFile, tensorboard }: WatchOptions, caller: Caller): Promise<Watch> {
  const state: Progress = {};
  progress.set(key, state);
  let written = performance.now();
  let steps = 0;
  let warned = false;
  const saveMetrics = async () => {
    if (metricsFile !== undefined) await writeFileIfRead(metricsFile, prometheusText(progress));
  };
  const events = tensorboard === undefined ? undefined : await createEventFile(join(tensorboard, key));
  const save = async () => {
    written = performance.now();
    try {
      await Promise.all([saveMetrics(), events?.flush()]);
    } catch (error) {
      if (!warned) caller.warn(`Warning: cannot write the progress of the run for external tools (${(error as Error).message}).`);
      warned = true;
    }
  };
  return {
    step(report) {
      state.report = report;
      steps = report.epoch * report.steps + report.step;
      events?.add(steps, [{ tag: "train/loss", value: report.stepLoss }]);
      if (performance.now() - written > EVERY_MS) void save();
    },
    async epoch(epoch, result) {
      Object.assign(state, { epoch: epoch + 1, result });
      events?.add(steps, scalarsOf(result));
      await save();
    },
    async close() {
      await save();
      await events?.close().catch(() => {});
    },
  };
}

/** `folder`: of the run. Throws an InputError if an output is not writable, or would replace or disturb other files. */
export async function checkWatch({ metricsFile, tensorboard }: WatchOptions, folder: string): Promise<void> {
  const apart = (option: string, path: string, other: string, what: string) => {
    if (isWithin(other, path)) throw new InputError(`${option} ${path} is inside ${what} ${other}: choose a path outside.`);
  };
  if (metricsFile !== undefined) {
    apart("--metrics-file", metricsFile, folder, "the folder of the run,");
    if (tensorboard !== undefined) apart("--tensorboard", tensorboard, metricsFile, "--metrics-file");
    await checkOutputFile({ option: "--metrics-file", path: metricsFile, replaces: METRICS_BEGINNING });
  }
  if (tensorboard !== undefined) await checkOutputFolder("--tensorboard", tensorboard);
}

/** Creates the outputs. */
export async function beginWatch({ metricsFile, tensorboard }: WatchOptions): Promise<void> {
  if (metricsFile !== undefined) await writeFileAtomic(metricsFile, prometheusText(progress));
  if (tensorboard !== undefined) await makeWritableFolder(tensorboard);
}

function scalarsOf(result: EpochResults): Scalar[] {
  const of = (split: string, figures: EpochFigures | undefined): Scalar[] =>
    (["auc", "accuracy", "recall", "specificity", "loss"] as const).flatMap((figure) => {
      const value = figures?.[figure];
      return typeof value === "number" ? [{ tag: `${split}/${figure}`, value }] : [];
    });
  return [
    { tag: "train/epoch_loss", value: result.loss },
    { tag: "train/epoch_accuracy", value: result.accuracy },
    { tag: "train/seconds", value: result.seconds },
    ...of("val", result.val),
    ...of("test", result.test),
  ];
}
