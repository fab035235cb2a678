import { uniform } from "./formula.js";

/** Central differences err by h^2 f''' / 6 + u f / h; both are smallest together near the cube root of 2^-53. */
const STEP = 2 ** -18;

/** The remaining error, about 2^-36 of the values involved, with a margin for their growth: 2^-26 = 1.5e-8. */
const ACCURACY = 2 ** -26;

/** `size` values in [-1, 1), different for each stream. */
export function random(stream: number, size: number): Float64Array<ArrayBuffer> {
  return new Float64Array(size).map((_, i) => uniform(stream, i));
}

/**
 * Values in hashed order at multiples of 1 / size in (-1, 1), none 0 and no two the same: further than STEP from the
 * kinks of ReLU (0) and max-pool (ties).
 */
export function randomOffKinks(stream: number, size: number): Float64Array {
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => uniform(stream, a) - uniform(stream, b));
  return Float64Array.from(order, (rank) => (2 * rank + 1 - size + 0.5) / size);
}

export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/**
 * d scalar / d x[i] at the places named (all of them unless told), by (f(x + h e_i) - f(x - h e_i)) / 2h, and the largest
 * value met. `scalar` reads `x`, which is nudged in place: for an operator y = op(x) with cotangent dy it is dot(dy, op(x)).
 */
export function centralDifferences(
  scalar: () => number,
  x: Float64Array,
  places: ArrayLike<number> = x.map((_, i) => i),
): { derivatives: Float64Array; largest: number } {
  let largest = 0;
  const derivatives = Float64Array.from(places, (i) => {
    const value = x[i];
    x[i] = value + STEP;
    const above = scalar();
    x[i] = value - STEP;
    const below = scalar();
    x[i] = value;
    largest = Math.max(largest, Math.abs(above));
    return (above - below) / (2 * STEP);
  });
  return { derivatives, largest };
}

/** Throws unless gradient[i] = d scalar / d x[i] for every i, in float64. */
export function assertGradient(scalar: () => number, x: Float64Array, gradient: Float64Array, what: string): void {
  if (gradient.length !== x.length) throw new Error(`${what}: ${gradient.length} derivatives of ${x.length} inputs`);
  const { derivatives, largest } = centralDifferences(scalar, x);
  derivatives.forEach((expected, i) => {
    const allowed = ACCURACY * (1 + largest + Math.abs(expected));
    if (Math.abs(gradient[i] - expected) <= allowed) return;
    throw new Error(`${what}: derivative [${i}] is ${gradient[i]}, central differences give ${expected}, allowed ${allowed}`);
  });
}
