// `bench step --profile` as text.
import { group, sum as total } from "d3-array";
import type { Profile, ProfileRow } from "../lib/tools/bench.js";

/** A table, in the plan's order; then the kernels, the slowest first; then the prediction. */
export function profileText({ ms, rows, predicted, predictedWithBandwidth }: Profile): string {
  const heads = ["ms", "share", "GFLOP/s", "GB/s", "tiles", "even", "wait"];
  const line = (name: string, cells: string[]) => name.padEnd(44).slice(0, 44) + cells.map((c) => c.padStart(8)).join("");
  const cells = (r: Omit<ProfileRow, "label" | "kernel" | "calls">) => [
    r.ms.toFixed(2),
    `${(100 * r.share).toFixed(1)}%`,
    r.gflops ? r.gflops.toFixed(0) : "",
    r.gbPerSecond ? r.gbPerSecond.toFixed(1) : "",
    String(r.tiles),
    r.imbalance.toFixed(2),
    r.waitMs.toFixed(2),
  ];
  const kernels = [...group(rows, (r) => r.kernel)].map(([kernel, calls]) => {
    const sum = (of: (r: ProfileRow) => number) => total(calls, of);
    const time = sum((r) => r.ms);
    const weighted = (of: (r: ProfileRow) => number) => sum((r) => of(r) * r.ms) / time;
    return {
      kernel,
      ms: time,
      share: time / ms,
      gflops: weighted((r) => r.gflops),
      gbPerSecond: weighted((r) => r.gbPerSecond),
      tiles: sum((r) => r.tiles),
      imbalance: weighted((r) => r.imbalance),
      waitMs: sum((r) => r.waitMs),
    };
  });
  return [
    line("call", heads),
    ...rows.map((r) => line(r.label, cells(r))),
    "",
    line("kernel", heads),
    ...kernels.sort((a, b) => b.ms - a.ms).map((k) => line(k.kernel, cells(k))),
    "",
    `One step: ${ms.toFixed(1)} ms. "even" is the busiest worker over the mean one; "wait" is spent at barriers.`,
    `Predicted speed-up if memory keeps up: ${speedUps(predicted)}`,
    ...(predictedWithBandwidth ? [`with the given bandwidth, at least: ${speedUps(predictedWithBandwidth)}`] : []),
    "",
  ].join("\n");
}

const speedUps = (predicted: Record<number, number>): string =>
  Object.entries(predicted)
    .map(([n, s]) => `${n} threads ${s.toFixed(1)}x`)
    .join(", ");
