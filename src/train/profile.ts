// Time of each call in a step, and the predicted speed-up with more cores.
import { group, mean } from "d3-array";
import type { Call } from "../core/plan.js";
import { createRng, type Rng } from "../core/rng.js";
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
  /** Predicted speed-up over one thread, by number of threads, if memory keeps up. */
  predicted: Record<number, number>;
  /** The same with the given memory bandwidth. */
  predictedWithBandwidth?: Record<number, number>;
}

/** Milliseconds per barrier among workers that are awake; measured with two workers. */
const BARRIER_MS = 0.015;
const PREDICTED_THREADS = [1, 2, 4, 8, 16, 24];

/** `times`: one record per worker, summed over `steps` steps. `bandwidth`: of the memory to predict for, in GB/s. */
export function profileOf(calls: Call[], times: CallTimes[], steps: number, bandwidth?: number): Profile {
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
  const tiles = calls.map((call, i) => drawTimes(call.tiles, tileTimes(times, i, call.tiles * steps), createRng(0, i)));
  return {
    ms,
    rows,
    predicted: predict(calls, tiles),
    ...(bandwidth !== undefined && { predictedWithBandwidth: predict(calls, tiles, bandwidth) }),
  };
}

/** Milliseconds of a call's tiles. */
interface TileTimes {
  mean: number;
  /** Standard deviation: tiles at an image's edge are shorter, and the system interrupts some. */
  deviation: number;
}

function tileTimes(times: CallTimes[], call: number, count: number): TileTimes {
  const sum = (of: (t: CallTimes) => number) => times.reduce((total, t) => total + of(t), 0);
  const mean = sum((t) => t.busy[call]) / count;
  return { mean, deviation: Math.sqrt(Math.max(0, sum((t) => t.squares[call]) / count - mean ** 2)) };
}

/**
 * Simulates a step: each thread claims the next tile when it is free, and all wait for the last one. Tiles have log-normal times. A call takes
 * at least as long as its operands need to pass through memory once; small ones stay in the caches in truth, so that this bound is
 * pessimistic. Not simulated: the lower clock rate of a processor whose cores are all busy, and sockets with memory of their own.
 */
function predict(calls: Call[], tiles: Float64Array[], bandwidth = Infinity): Record<number, number> {
  const total = (threads: number) =>
    calls.reduce((sum, { bytes = 0 }, i) => {
      const work = lastTile(tiles[i], threads);
      return sum + Math.max(work, bytes / bandwidth / 1e6) + (threads > 1 ? BARRIER_MS : 0);
    }, 0);
  return Object.fromEntries(PREDICTED_THREADS.map((threads) => [threads, total(1) / total(threads)]));
}

/** When the last of the tiles ends. */
function lastTile(tiles: Float64Array, threads: number): number {
  const free = new Float64Array(threads);
  for (const time of tiles) {
    let first = 0;
    for (let t = 1; t < threads; t++) if (free[t] < free[first]) first = t;
    free[first] += time;
  }
  return Math.max(...free);
}

/** Log-normal, with the given mean exactly. */
function drawTimes(count: number, { mean, deviation }: TileTimes, rng: Rng): Float64Array {
  const times = new Float64Array(count).fill(mean);
  if (!(deviation > 0)) return times;
  // Of the logarithm.
  const sigma = Math.sqrt(Math.log1p((deviation / mean) ** 2));
  for (let i = 0; i < count; i++) times[i] = Math.exp(sigma * rng.normal());
  const scale = (count * mean) / times.reduce((a, b) => a + b, 0);
  return times.map((time) => time * scale);
}
