// Checks a side's result: sampled elements against float64 if the case has an oracle, and all elements against the first side that passed.
import { readFileSync } from "node:fs";
import { sampleOracle } from "./oracle.mjs";

/** Largest allowed difference relative to the largest magnitude: far above float32's rounding, far below the effect of a bug. */
const TOLERANCE = { matmul: 5e-5, conv: 2e-4, batchnorm: 5e-5, adam: 1e-6, step: 1e-3 };

export function createCheck() {
  /** By shape: slow sides use fewer images. */
  const references = new Map();
  const oracles = new Map();
  /** @returns {{ error?: string, againstFloat64?: Difference, against?: string, difference?: Difference }} */
  return (label, { method, ...job }, file) => {
    const { buffer, byteOffset, byteLength } = readFileSync(file);
    const result = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    const key = JSON.stringify(job);
    if (!oracles.has(key)) oracles.set(key, job.op === "step" ? [] : sampleOracle(job));
    const samples = oracles.get(key);
    const check = {};
    if (samples.length > 0) {
      check.againstFloat64 = difference(
        samples.map((s) => result[s.index]),
        samples.map((s) => s.value),
      );
      if (!(check.againstFloat64.relative <= TOLERANCE[job.op]))
        return { ...check, error: disagrees(check.againstFloat64, "the oracle, float32 against float64") };
    }
    const reference = references.get(key);
    if (!reference) {
      references.set(key, { label, result });
      return check;
    }
    check.against = reference.label;
    check.difference = difference(result, reference.result);
    if (!(check.difference.relative <= TOLERANCE[job.op]))
      return { ...check, error: disagrees(check.difference, reference.label) };
    return check;
  };
}

/** @typedef {{ absolute: number, relative: number }} Difference  relative to the largest expected magnitude */
export function difference(got, wanted) {
  let [absolute, largest] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const d = Math.abs(got[i] - wanted[i]);
    // Not Math.max: a NaN must count as a failure.
    if (!(d <= absolute)) absolute = Number.isNaN(d) ? Infinity : d;
    largest = Math.max(largest, Math.abs(wanted[i]));
  }
  return { absolute, relative: absolute / (largest || 1) };
}

const disagrees = ({ absolute, relative }, whom) =>
  `disagrees with ${whom}: by ${absolute.toExponential(1)}, ${relative.toExponential(1)} of the largest value`;
