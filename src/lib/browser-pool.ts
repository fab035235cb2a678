// Runs the steps of a network in a browser: on Web Workers over shared memory, else on the calling thread.
import * as word from "../core/control.js";
import { instantiate } from "../core/kernels.js";
import { encode } from "../core/plan.js";
import { bind, replay } from "../core/replay.js";
import type { CallTimes, StepRun } from "../core/steps.js";
import { type Pool, type PoolOptions, runTasks, workerProgram } from "../core/worker-pool.js";
import { startWorker, workerError } from "./start-worker.js";
import type { Stepped } from "./stepper.js";
import { STEPPER } from "./stepper-code.js";

/** One Web Worker per thread. */
export async function sharedPool<Plan extends string>(options: PoolOptions<Plan>): Promise<Pool<Plan>> {
  const { memory, threads } = options;
  const control = new Int32Array(memory.buffer, 0, word.CONTROL_WORDS);
  const workers = Array.from({ length: threads }, () => startWorker(STEPPER));
  const program = workerProgram(options, navigator.hardwareConcurrency);
  await Promise.all(workers.map((worker) => ask(worker, program)));
  return {
    threads,
    run: async (runs, host) => (await runTasks((task) => ask(workers[task.index], task), control, options, { runs }, host)).steps,
    stop: () => void Atomics.store(control, word.STOP, 1),
    close: async () => workers.forEach((worker) => worker.terminate()),
  };
}

const ask = (worker: Worker, order: unknown): Promise<CallTimes | undefined> =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Stepped>) =>
      "error" in data ? reject(new Error(data.error)) : resolve(data.times);
    worker.onerror = (event) => reject(workerError(event));
    worker.postMessage(order);
  });

/** Runs on this thread, with memory that is not shared. Handles events between two steps. */
export function ownPool<Plan extends string>({ module, memory, plans, layout }: PoolOptions<Plan>): Pool<Plan> {
  const kernels = instantiate(module, memory);
  let stopped = false;
  return {
    threads: 1,
    async run(runs: readonly StepRun<Plan>[], host) {
      let step = 0;
      for (const { plan, steps } of runs) {
        const bound = [0, 1].map((slot) => bind(encode(plans[plan], layout), kernels, slot));
        for (let i = 0; i < steps; i++, step++) {
          await host.feed(step, step % 2);
          replay(bound[step % 2]);
          host.collect?.(step, step % 2, performance.timeOrigin + performance.now());
          await new Promise((resolve) => setTimeout(resolve));
          if (stopped) {
            stopped = false;
            return step + 1;
          }
        }
      }
      return step;
    },
    stop: () => void (stopped = true),
    close: async () => {},
  };
}
