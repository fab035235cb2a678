// From samples to what is shown: medians with their spread, rates, and ratios taken turn by turn within the run.

const UNITS = { flops: ["GFLOP/s", 1e6], bytes: ["GB/s", 1e6], images: ["images/s", 1e-3] };

/** Median, least and largest of an odd or even number of values. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return { median: (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2, min: sorted[0], max: sorted[n - 1] };
}

/**
 * `records` as measure.mjs returns them. The base is the first row that worked: pulmo as it would choose itself.
 * ratio: how many times the base's rate is this row's; above 1, pulmo is faster.
 */
export function summarize({ name, group, job }, records) {
  const key = Object.keys(UNITS).find((k) => job[k] !== undefined);
  const [unit, divisor] = UNITS[key];
  const base = records.find((r) => r.status === "ok");
  const rows = records.map(({ samples, job: done, ...record }) => {
    if (record.status !== "ok") return record;
    // Work per millisecond, whatever share of the case this side did.
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
