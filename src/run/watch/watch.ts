// --metrics-file and --tensorboard: progress of a training for external tools.
import { dirname, join } from "node:path";
import { InputError } from "../../core/errors.js";
import { makeFolder, makeWritableFolder, writeFileAtomic } from "../../node/files.js";
import type { EpochFigures, EpochResults } from "../../results/metrics.js";
import type { StepReport } from "../../train/loop.js";
import type { Caller } from "../caller.js";
import { type Progress, prometheusText } from "./prometheus.js";
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
    if (metricsFile !== undefined) await writeFileAtomic(metricsFile, prometheusText(progress));
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

/** Throws an InputError if a file is not writable. */
export async function checkWatch({ metricsFile, tensorboard }: WatchOptions): Promise<void> {
  const check = (option: string, path: string, work: Promise<void>) =>
    work.catch((error) => {
      throw new InputError(`--${option} ${path} is not writable (${error.code ?? error.message}): choose another path.`);
    });
  if (metricsFile !== undefined) {
    const begin = async () => {
      await makeFolder(dirname(metricsFile));
      await writeFileAtomic(metricsFile, prometheusText(progress));
    };
    await check("metrics-file", metricsFile, begin());
  }
  if (tensorboard !== undefined) await check("tensorboard", tensorboard, makeWritableFolder(tensorboard));
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
