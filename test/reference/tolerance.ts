/** Half the distance from 1 to the next float32: the relative error of one rounding. */
const UNIT_ROUNDOFF = 2 ** -24;

/**
 * Roundings a term can go through per unit of reduction length. A sum of K products in any order, with or without
 * fused multiply-add, rounds each term at most K + 1 <= 2 K times (once as a product, then once per addition above
 * it), so |error| <= ~2 K u sum_i |a_i b_i| (Higham, Accuracy and Stability, section 3.1). It is a bound: anything
 * above it is a bug, and typical errors lie near sqrt(K) u.
 */
const ROUNDINGS_PER_TERM = 2;

/**
 * The only tolerance of kernel tests: 2 * reductionLength * 2^-24 * sumOfMagnitudes.
 * `reductionLength` counts the terms summed into one output (count further roundings, a bias or a scale, as one more
 * each); `sumOfMagnitudes` is the same sum over absolute values: run the oracle on `absolute(inputs)`.
 */
export function tolerance(reductionLength: number, sumOfMagnitudes: number): number {
  return ROUNDINGS_PER_TERM * reductionLength * UNIT_ROUNDOFF * sumOfMagnitudes;
}

export function absolute(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, Math.abs);
}

/**
 * Throws unless |actual[i] - expected[i]| <= tol (or tol(i)) for every i, naming the worst element by error over
 * tolerance. NaN equals nothing; an infinity equals itself.
 */
export function assertClose(
  actual: Float32Array,
  expected: Float64Array,
  tol: number | ((i: number) => number),
  what: string,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} elements, expected ${expected.length}`);
  }
  let failures = 0;
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] === expected[i]) continue;
    const allowed = typeof tol === "number" ? tol : tol(i);
    const error = Math.abs(actual[i] - expected[i]);
    if (error <= allowed) continue;
    failures++;
    const excess = Number.isNaN(error) ? Infinity : error / allowed;
    if (worst < 0 || excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  if (failures === 0) return;
  const allowed = typeof tol === "number" ? tol : tol(worst);
  throw new Error(
    `${what}: ${failures} of ${expected.length} elements differ; worst at [${worst}]: ${actual[worst]}, ` +
      `expected ${expected[worst]}, error ${Math.abs(actual[worst] - expected[worst])}, allowed ${allowed}`,
  );
}
