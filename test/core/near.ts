import * as assert from "uvu/assert";
import { tolerance } from "../reference/tolerance.js";

/** More roundings than any value in these tests accumulates over several layers. */
const PATH = 128;

/** |actual - expected| <= 2 PATH 2^-24 |expected|, by norm. A wiring error is as large as the value itself. */
export function assertNear(actual: ArrayLike<number>, expected: Float64Array, what: string): void {
  assert.is(actual.length, expected.length, `${what}: length`);
  const error = Math.hypot(...expected.map((e, i) => actual[i] - e));
  const length = Math.hypot(...expected);
  assert.ok(length > 0 && error <= tolerance(PATH, length), `${what}: off by ${error} of ${length}`);
}
