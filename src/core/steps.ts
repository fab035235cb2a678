// The worker's side of a pool: replays plans step by step, together with the other workers.
import * as word from "./control.js";
import { fail, WorkerFailure, waitWhile } from "./control.js";
import type { Kernels } from "./kernels.js";
import type { EncodedCall } from "./plan.js";
import { type BoundCall, bind } from "./replay.js";

/** The same for all workers of a pool; structured-cloned, module and memory by reference. */
export interface WorkerProgram {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  plans: Record<string, EncodedCall[]>;
  threads: number;
  scratchStride: number;
  /** Whether each thread has its own core, so that spinning does not slow down others. */
  spin: boolean;
}

/** Replays a plan several times. */
export interface StepRun<Plan extends string = string> {
  plan: Plan;
  steps: number;
}

export interface Task {
  /** 0 .. threads-1: index of this task's scratch memory. */
  index: number;
  /** Plans and their numbers of steps, in order. */
  runs: readonly StepRun[];
  /** Times each call; the task then resolves to CallTimes of its first plan. */
  profile?: boolean;
}

/**
 * Milliseconds per call of a plan, summed over steps: until this worker found no more tiles, and until the barrier opened; and the sum of
 * the squares of its tiles' times.
 */
export interface CallTimes {
  busy: Float64Array;
  whole: Float64Array;
  squares: Float64Array;
}

/** A worker of a pool. */
export class Stepper {
  readonly #program: WorkerProgram;
  readonly #kernels: Kernels;
  readonly #control: Int32Array;
  readonly #doneAt: Float64Array;

  constructor(program: WorkerProgram, kernels: Kernels) {
    this.#program = program;
    this.#kernels = kernels;
    this.#control = new Int32Array(program.memory.buffer, 0, word.CONTROL_WORDS);
    this.#doneAt = new Float64Array(program.memory.buffer, word.DONE_AT_ADDRESS, 2);
  }

  /** Runs the task's steps; returns early after a stop. */
  run(task: Task): CallTimes | undefined {
    const { plans, scratchStride } = this.#program;
    try {
      const count = plans[task.runs[0].plan].length;
      const perCall = () => new Float64Array(count);
      const times = task.profile ? { busy: perCall(), whole: perCall(), squares: perCall() } : undefined;
      let step = 0;
      for (const { plan, steps } of task.runs) {
        const bound = [0, 1].map((slot) => bind(plans[plan], this.#kernels, slot, task.index * scratchStride));
        for (let i = 0; i < steps; i++, step++) {
          this.#waitForInput(step);
          if (times) this.#replayTimed(bound[step % 2], times);
          else this.#replay(bound[step % 2]);
          this.#barrier(() => this.#endStep(step));
          if (Atomics.load(this.#control, word.STOPPED)) return times;
        }
      }
      return times;
    } catch (error) {
      fail(this.#control);
      if (!(error instanceof WorkerFailure)) throw error;
      return undefined;
    }
  }

  #waitForInput(step: number): void {
    for (let ready; (ready = Atomics.load(this.#control, word.READY)) <= step; ) {
      waitWhile(this.#control, word.READY, ready, this.#program.spin);
    }
  }

  #replay(calls: BoundCall[]): void {
    for (const call of calls) {
      this.#work(call);
      this.#barrier();
    }
  }

  #replayTimed(calls: BoundCall[], times: CallTimes): void {
    calls.forEach((call, i) => {
      const start = performance.now();
      const timed = (...args: number[]) => {
        const begun = performance.now();
        call.kernel(...args);
        times.squares[i] += (performance.now() - begun) ** 2;
      };
      this.#work({ ...call, kernel: timed }, 1);
      times.busy[i] += performance.now() - start;
      this.#barrier();
      times.whole[i] += performance.now() - start;
    });
  }

  /** Claims tiles until none are left. Tiles write disjoint outputs, so any worker can compute any tile. */
  #work({ kernel, args, tiles }: BoundCall, share = this.#program.threads === 1 ? tiles : 1): void {
    const begin = args.length - 2;
    for (let tile; (tile = Atomics.add(this.#control, word.CLAIM, share)) < tiles; ) {
      args[begin] = tile;
      args[begin + 1] = tile + share;
      kernel(...args);
    }
  }

  /** Barrier: the last worker to arrive runs `between` and releases the others. */
  #barrier(between?: () => void): void {
    const control = this.#control;
    const { threads, spin } = this.#program;
    const generation = Atomics.load(control, word.GENERATION);
    if (Atomics.add(control, word.ARRIVED, 1) === threads - 1) {
      Atomics.store(control, word.ARRIVED, 0);
      Atomics.store(control, word.CLAIM, 0);
      between?.();
      Atomics.add(control, word.GENERATION, 1);
      Atomics.notify(control, word.GENERATION);
    } else {
      waitWhile(control, word.GENERATION, generation, spin);
    }
  }

  #endStep(step: number): void {
    this.#doneAt[step % 2] = performance.timeOrigin + performance.now();
    Atomics.store(this.#control, word.STOPPED, Atomics.load(this.#control, word.STOP));
    Atomics.add(this.#control, word.DONE, 1);
    Atomics.notify(this.#control, word.DONE);
  }
}
