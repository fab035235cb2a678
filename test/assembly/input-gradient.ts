import { type LinearShape, linearBackward } from "../reference/linear.js";
import { absolute } from "../reference/tolerance.js";

/** dx = dy w, and the same over magnitudes. */
export function inputGradient(
  dy: Float32Array,
  w: Float32Array,
  shape: LinearShape,
): { expected: Float64Array; magnitude: Float64Array } {
  const noInput = new Float64Array(shape.n * shape.inputs);
  const of = (a: Float64Array, b: Float64Array) => linearBackward(a, noInput, b, shape).dx;
  return { expected: of(Float64Array.from(dy), Float64Array.from(w)), magnitude: of(absolute(dy), absolute(w)) };
}
