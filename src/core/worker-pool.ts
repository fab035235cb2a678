// The host's side of a pool of workers: fills input slots one step ahead and reads results, without blocking.
import * as word from "./control.js";
import { type Call, encode, type Layout } from "./plan.js";
import type { CallTimes, StepRun, Task, WorkerProgram } from "./steps.js";

export interface Host {
  /** Puts the input of step `step` into slot 0 or 1. Called one step ahead of the workers. */
  feed(step: number, slot: number): Promise<void> | void;
  /** Step `step` was done at `doneAt` (milliseconds since the epoch); its slot can be read until this returns. */
  collect?(step: number, slot: number, doneAt: number): void;
}

export interface Pool<Plan extends string = string> {
  readonly threads: number;
  /** Replays the plans; resolves to the number of steps done, which is smaller than requested only after `stop`. */
  run(runs: readonly StepRun<Plan>[], host: Host): Promise<number>;
  /** Stops after the current step; between two runs, after the first step of the next run. */
  stop(): void;
  close(): Promise<void>;
}

export interface ProfilingPool<Plan extends string = string> extends Pool<Plan> {
  /** Replays one plan `steps` times with the slots' current contents and times each call; one record per worker. */
  profile(plan: Plan, steps: number): Promise<CallTimes[]>;
}

export interface PoolOptions<Plan extends string> {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  plans: Record<Plan, Call[]>;
  layout: Layout;
  threads: number;
  /** Milliseconds without progress after which the workers are considered stalled. */
  patience?: number;
}

/** A call of a step takes seconds at most on any machine. */
const PATIENCE_MS = 600_000;

class StuckWorkers extends Error {
  constructor(milliseconds: number) {
    super(`No progress from the worker threads for ${Math.ceil(milliseconds / 60_000)} minutes.`);
  }
}

/** Input of each worker; `cores` is the number of cores. */
export const workerProgram = ({ module, memory, plans, layout, threads }: PoolOptions<string>, cores: number): WorkerProgram => ({
  module,
  memory,
  plans: Object.fromEntries(Object.entries(plans).map(([name, calls]) => [name, encode(calls, layout)])),
  threads,
  scratchStride: layout.scratchStride,
  spin: threads <= cores,
});

/** Runs a task on each worker: `start` sends a worker its task and resolves or rejects when it has ended. */
export async function runTasks(
  start: (task: Task) => Promise<CallTimes | undefined>,
  control: Int32Array,
  { threads, patience = PATIENCE_MS }: Pick<PoolOptions<string>, "threads" | "patience">,
  task: Omit<Task, "index">,
  host: Host,
): Promise<{ steps: number; results: (CallTimes | undefined)[] }> {
  const steps = task.runs.reduce((sum, r) => sum + r.steps, 0);
  for (const index of [word.CLAIM, word.ARRIVED, word.FAILED, word.STOPPED, word.READY, word.DONE]) {
    Atomics.store(control, index, 0);
  }
  const abort = (error: unknown) => {
    word.fail(control);
    throw error;
  };
  const tasks = Array.from({ length: threads }, (_, index) => start({ ...task, index }).catch(abort));
  const results = Promise.all(tasks);
  let stuck = false;
  try {
    const done = await Promise.all([drive(control, steps, host, results, patience).catch(abort), results]);
    return { steps: done[0], results: done[1] };
  } catch (error) {
    stuck = error instanceof StuckWorkers;
    throw error;
  } finally {
    // No worker may still wait when the next run clears FAILED; a stalled one would never leave.
    if (!stuck) await Promise.allSettled(tasks);
    // Here and not before a run: a stop between two runs applies to the next one.
    Atomics.store(control, word.STOP, 0);
  }
}

/** Keeps the input one step ahead of the workers and reports finished steps until the tasks end. */
async function drive(
  control: Int32Array,
  steps: number,
  host: Host,
  finished: Promise<unknown>,
  patience: number,
): Promise<number> {
  const doneAt = new Float64Array(control.buffer, word.DONE_AT_ADDRESS, 2);
  let fed = 0;
  let collected = 0;
  // One listener for the whole run: Promise.race would add one per wait, kept until the run ends.
  let over = false;
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  finished.then(
    () => {
      over = true;
      wake();
    },
    (error: unknown) => {
      failure = { error };
      wake();
    },
  );
  // Counted in waits, not by the clock: a machine that slept counts as one wait.
  let waited = 0;
  let generation = -1;
  for (;;) {
    const done = Atomics.load(control, word.DONE);
    for (; collected < done; collected++) host.collect?.(collected, collected % 2, doneAt[collected % 2]);
    if (failure) throw failure.error;
    if (over || collected === steps) return collected;
    if (fed < steps && fed < done + 2) {
      await host.feed(fed, fed % 2);
      Atomics.store(control, word.READY, ++fed);
      Atomics.notify(control, word.READY);
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
        void changed(control, done).then(resolve);
      });
      if (over || failure) continue;
      const now = Atomics.load(control, word.GENERATION);
      waited = now === generation ? waited + WAIT_MS : 0;
      generation = now;
      if (waited > patience) throw new StuckWorkers(waited);
    }
  }
}

/** Longest wait of `changed`. */
const WAIT_MS = "waitAsync" in Atomics ? word.WAIT_MS : 2;

/** Resolves when DONE has changed from `done`, or after WAIT_MS. */
async function changed(control: Int32Array, done: number): Promise<void> {
  if ("waitAsync" in Atomics) await Atomics.waitAsync(control, word.DONE, done, word.WAIT_MS).value;
  // Firefox before 145 lacks Atomics.waitAsync.
  else await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
}
