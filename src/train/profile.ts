// Time of each call in a step, and the predicted speed-up with more cores.
import { group, mean } from "d3-array";
import type { Call } from "../core/plan.js";
import type { CallTimes } from "../core/steps.js";

/** Per step, for one label of the plan: one call, or the same call for several chunks of images. */
export interface ProfileRow {
  label: string;
  kernel: string;
  calls: number;
  tiles: number;
  ms: number;
  /** Share of the step's time, 0 to 1. */
  share: number;
  gflops: number;
  gbPerSecond: number;
  /** Time of the busiest worker divided by the mean of all workers; 1 means even. */
  imbalance: number;
  /** Mean milliseconds per worker spent waiting at barriers. */
  waitMs: number;
}

export interface Profile {
  ms: number;
  rows: ProfileRow[];
  /** Predicted speed-up over one thread, by number of threads. */
  predicted: Record<number, number>;
}

/** Milliseconds per barrier among workers that are awake; measured with two workers. */
const BARRIER_MS = 0.015;
const PREDICTED_THREADS = [1, 2, 4, 8, 16, 24];

/** `times`: one record per worker, summed over `steps` steps. */
export function profileOf(calls: Call[], times: CallTimes[], steps: number): Profile {
  const busy = calls.map((_, i) => times.map((t) => t.busy[i] / steps));
  const whole = calls.map((_, i) => mean(times, (t) => t.whole[i] / steps)!);
  const ms = whole.reduce((sum, t) => sum + t, 0);
  const groups = group([...calls.keys()], (i) => `${calls[i].kernel} ${calls[i].label}`);
  const rows = [...groups.values()].map((indexes): ProfileRow => {
    const sum = (of: (i: number) => number) => indexes.reduce((total, i) => total + of(i), 0);
    const time = sum((i) => whole[i]);
    const work = sum((i) => mean(busy[i])!);
    return {
      label: calls[indexes[0]].label,
      kernel: calls[indexes[0]].kernel,
      calls: indexes.length,
      tiles: sum((i) => calls[i].tiles),
      ms: time,
      share: time / ms,
      gflops: sum((i) => calls[i].flops ?? 0) / time / 1e6,
      gbPerSecond: sum((i) => calls[i].bytes ?? 0) / time / 1e6,
      imbalance: sum((i) => Math.max(...busy[i])) / work,
      waitMs: time - work,
    };
  });
  return { ms, rows, predicted: predict(calls, busy) };
}

/**
 * A call of n equal tiles and total work w takes ceil(n / p) * w / n on p threads, plus a barrier. This assumes that memory
 * bandwidth is sufficient, so it is an upper bound for memory-bound calls.
 */
function predict(calls: Call[], busy: number[][]): Record<number, number> {
  const total = (threads: number) =>
    calls.reduce((sum, { tiles }, i) => {
      const work = busy[i].reduce((a, b) => a + b, 0);
      return sum + (Math.ceil(tiles / threads) * work) / tiles + (threads > 1 ? BARRIER_MS : 0);
    }, 0);
  return Object.fromEntries(PREDICTED_THREADS.map((threads) => [threads, total(1) / total(threads)]));
}
