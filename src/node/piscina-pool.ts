// The worker pool: one Piscina task per worker runs a whole sequence of steps.

import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import * as word from "../core/control.js";
import type { CallTimes, Task } from "../core/steps.js";
import { type Host, type PoolOptions, type ProfilingPool, runTasks, workerProgram } from "../core/worker-pool.js";

export function createPool<Plan extends string>(options: PoolOptions<Plan>): ProfilingPool<Plan> {
  const { memory, plans, threads } = options;
  const piscina = new Piscina({
    filename: new URL("./worker.js", import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    recordTiming: false,
    workerData: workerProgram(options, availableParallelism()),
  });
  const control = new Int32Array(memory.buffer, 0, word.CONTROL_WORDS);
  let begun = false;
  let broken: Error | undefined;
  // For a worker that exits between tasks. An exit within a task rejects the task.
  piscina.on("error", (error: Error) => {
    broken ??= error;
    word.fail(control);
  });
  const run = async (task: Omit<Task, "index">, host: Host) => {
    begun = true;
    try {
      if (broken) throw broken;
      return await runTasks((one) => piscina.run(one), control, options, task, host);
    } catch (error) {
      // The first error explains more than those of the other workers.
      throw broken ?? error;
    }
  };
  return {
    threads,
    run: async (runs, host) => (await run({ runs }, host)).steps,
    async profile(plan, steps) {
      return (await run({ runs: [{ plan, steps }], profile: true }, { feed() {} })).results as CallTimes[];
    },
    stop: () => void Atomics.store(control, word.STOP, 1),
    async close() {
      // Node 20 may abort if a worker is ended while it loads its modules. A worker that answers has loaded them.
      if (!begun) await run({ runs: [{ plan: Object.keys(plans)[0], steps: 0 }] }, { feed() {} }).catch(() => {});
      await piscina.destroy();
    },
  };
}
