// From samples to results: medians with their spread, rates, and ratios computed turn by turn within the run.

const UNITS = { flops: ["GFLOP/s", 1e6], bytes: ["GB/s", 1e6], images: ["images/s", 1e-3] };

/** Median, least and largest of an odd or even number of values. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return { median: (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2, min: sorted[0], max: sorted[n - 1] };
}

/**
 * `records` as returned by measure.mjs. The base is the first row that worked: pulmo with its default variant.
 * ratio: the base's rate divided by this row's; above 1, pulmo is faster.
 */
export function summarize({ name, group, job }, records) {
  const key = Object.keys(UNITS).find((k) => job[k] !== undefined);
  const [unit, divisor] = UNITS[key];
  const base = records.find((r) => r.status === "ok");
  const rows = records.map(({ samples, job: done, ...record }) => {
    if (record.status !== "ok") return record;
    // Work per millisecond, independent of the share of the case that this side computed.
    const rate = (r, i) => r.job[key] / r.samples[i] / divisor;
    const rows = {
      ms: spread(samples),
      rate: spread(samples.map((_, i) => rate({ job: done, samples }, i))),
      ratio: spread(samples.map((_, i) => rate(base, i) / rate({ job: done, samples }, i))),
      samples,
    };
    const note = done.N !== undefined && done.N !== job.N ? `${done.N} images instead of ${job.N}` : record.note;
    return { ...record, note, ...rows };
  });
  const { method, ...shape } = job;
  return { name, group, unit, base: base?.label, job: shape, rows };
}
