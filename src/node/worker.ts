// One long Piscina task per worker: replays plans, step after step, together with the other workers.
import { workerData } from "node:worker_threads";
import * as word from "../core/control.js";
import { fail, WorkerFailure, waitWhile } from "../core/control.js";
import type { Kernels } from "../core/kernels.js";
import type { EncodedCall } from "../core/plan.js";
import { type BoundCall, bind } from "../core/replay.js";
import { instantiateKernels } from "./variant.js";

/** The same for every worker of a pool; structured-cloned, module and memory by reference. */
export interface Program {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  plans: Record<string, EncodedCall[]>;
  threads: number;
  scratchStride: number;
  /** Whether every thread has a core to itself, so that spinning takes nothing from anybody. */
  spin: boolean;
}

export interface Task {
  /** 0 .. threads-1: whose scratch memory this task uses. */
  index: number;
  /** Which plan, how many steps; then the next. */
  runs: readonly { plan: string; steps: number }[];
  /** Time every call; the task then resolves to CallTimes of its first plan. */
  profile?: boolean;
}

/** Milliseconds per call of a plan, summed over steps: until this worker found no more tiles, and until the barrier opened. */
export interface CallTimes {
  busy: Float64Array;
  whole: Float64Array;
}

const program: Program = workerData;
const control = new Int32Array(program.memory.buffer, 0, word.CONTROL_WORDS);
const doneAt = new Float64Array(program.memory.buffer, word.DONE_AT_ADDRESS, 2);
const kernels: Kernels = instantiateKernels(program.module, program.memory);

/** Claims tiles until none are left. Tiles write disjoint outputs, so who computes which does not matter. */
function work({ kernel, args, tiles }: BoundCall): void {
  const begin = args.length - 2;
  const share = program.threads === 1 ? tiles : 1;
  for (let tile; (tile = Atomics.add(control, word.CLAIM, share)) < tiles; ) {
    args[begin] = tile;
    args[begin + 1] = tile + share;
    kernel(...args);
  }
}

/** All workers meet; the last to arrive does `between` and opens the gate. */
function barrier(between?: () => void): void {
  const generation = Atomics.load(control, word.GENERATION);
  if (Atomics.add(control, word.ARRIVED, 1) === program.threads - 1) {
    Atomics.store(control, word.ARRIVED, 0);
    Atomics.store(control, word.CLAIM, 0);
    between?.();
    Atomics.add(control, word.GENERATION, 1);
    Atomics.notify(control, word.GENERATION);
  } else {
    waitWhile(control, word.GENERATION, generation, program.spin);
  }
}

function endStep(step: number): void {
  doneAt[step % 2] = performance.timeOrigin + performance.now();
  Atomics.store(control, word.STOPPED, Atomics.load(control, word.STOP));
  Atomics.add(control, word.DONE, 1);
  Atomics.notify(control, word.DONE);
}

function waitForInput(step: number): void {
  for (let ready; (ready = Atomics.load(control, word.READY)) <= step; ) {
    waitWhile(control, word.READY, ready, program.spin);
  }
}

function replay(calls: BoundCall[]): void {
  for (const call of calls) {
    work(call);
    barrier();
  }
}

function replayTimed(calls: BoundCall[], times: CallTimes): void {
  calls.forEach((call, i) => {
    const start = performance.now();
    work(call);
    times.busy[i] += performance.now() - start;
    barrier();
    times.whole[i] += performance.now() - start;
  });
}

/** Runs the task's steps; returns early after a stop. */
export default function run(task: Task): CallTimes | undefined {
  try {
    const count = program.plans[task.runs[0].plan].length;
    const times = task.profile ? { busy: new Float64Array(count), whole: new Float64Array(count) } : undefined;
    let step = 0;
    for (const { plan, steps } of task.runs) {
      const bound = [0, 1].map((slot) => bind(program.plans[plan], kernels, slot, task.index * program.scratchStride));
      for (let i = 0; i < steps; i++, step++) {
        waitForInput(step);
        if (times) replayTimed(bound[step % 2], times);
        else replay(bound[step % 2]);
        barrier(() => endStep(step));
        if (Atomics.load(control, word.STOPPED)) return times;
      }
    }
    return times;
  } catch (error) {
    fail(control);
    if (!(error instanceof WorkerFailure)) throw error;
    return undefined;
  }
}
