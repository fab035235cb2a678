// The handle that `train` returns immediately: the steps as an async iterator, the trained model as a promise.
import type { StepReport } from "../train/loop.js";

/** A finished training step. */
export interface TrainingStep extends StepReport {
  /** From 1. */
  epoch: number;
  /** The training's key: the model's name, or `<model>/seed-<n>`. */
  key: string;
}

/** A running training. Iterating over it yields every step from the first one. Leaving the loop does not stop the training. */
export interface Training<Model> extends AsyncIterable<TrainingStep> {
  /** Rejects with the signal's reason if the training was aborted. */
  readonly result: Promise<Model>;
  /** Set when a training without `out` was aborted: `train({ ...options, state })` continues it to the same bits. */
  readonly state: TrainingState | undefined;
}

/** Everything needed to continue a training, as plain data: it can be cloned, or stored in IndexedDB. */
export interface TrainingState {
  model: string;
  /** The settings that determine the results. They must be the same when the training continues. */
  settings: string;
  /** The state of the loop and of Adam, as in a checkpoint file. */
  progress: string;
  /** Bytes of weights, running statistics and both moments. */
  regions: Uint8Array<ArrayBuffer>[];
  /** Training steps so far. */
  trainSteps: number;
  /** Everything in the model's file but the weights. */
  file: { imageSize: number; threshold: number; metadata: Record<string, unknown> };
}

/** Events from the training to its handle. */
export interface TrainingEvents {
  onStep(report: StepReport, key: string): void;
  onState(state: TrainingState): void;
}

/** Starts `work` and returns its handle. */
export function startTraining<Model>(work: (events: TrainingEvents) => Promise<Model>): Training<Model> {
  const steps: TrainingStep[] = [];
  let state: TrainingState | undefined;
  let over = false;
  let wake = () => {};
  let changed = Promise.resolve();
  const change = () => {
    wake();
    changed = new Promise((resolve) => (wake = resolve));
  };
  change();
  const events: TrainingEvents = {
    onStep(report, key) {
      steps.push({ ...report, epoch: report.epoch + 1, key });
      change();
    },
    onState: (stopped) => (state = stopped),
  };
  // Starts in a later microtask, so that rejected options also reach the caller through the handle.
  const result = Promise.resolve()
    .then(() => work(events))
    .finally(() => {
      over = true;
      change();
    });
  // Prevents an unhandled rejection for callers that only iterate: they receive the error there.
  result.catch(() => {});
  return {
    result,
    get state() {
      return state;
    },
    async *[Symbol.asyncIterator]() {
      for (let next = 0; ; ) {
        while (next < steps.length) yield steps[next++];
        if (over) break;
        await changed;
      }
      await result;
    },
  };
}
