// The handle that `train` returns at once: the steps as an async iterator, the trained model as a promise.
import type { StepReport } from "../train/loop.js";

/** A training step that is done. */
export interface TrainingStep extends StepReport {
  /** From 1. */
  epoch: number;
  /** The training's key: the model's name, or `<model>/seed-<n>`. */
  key: string;
}

/** A training that is running. Iterating over it gives every step from the first one; leaving the loop does not stop it. */
export interface Training<Model> extends AsyncIterable<TrainingStep> {
  /** Rejects with the signal's reason where the training was aborted. */
  readonly result: Promise<Model>;
  /** Set when a training without `out` was aborted: `train({ ...options, state })` continues it to the same bits. */
  readonly state: TrainingState | undefined;
}

/** Everything that a training needs to continue, as plain data: it can be cloned, or stored in IndexedDB. */
export interface TrainingState {
  model: string;
  /** The settings that decide the results, which must be the same when the training continues. */
  settings: string;
  /** The loop's state and Adam's, as a checkpoint file keeps them. */
  progress: string;
  /** Bytes of weights, running statistics and both moments. */
  regions: Uint8Array<ArrayBuffer>[];
}

/** What the work behind a handle tells it. */
export interface TrainingEvents {
  onStep(report: StepReport, key: string): void;
  onState(state: TrainingState): void;
}

/** Starts `work`, and returns its handle. */
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
  // Begins in a later microtask: also a refusal of the options reaches the caller by the handle.
  const result = Promise.resolve()
    .then(() => work(events))
    .finally(() => {
      over = true;
      change();
    });
  // Whoever only iterates hears of a failure there.
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
