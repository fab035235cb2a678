import { suite } from "uvu";
import * as assert from "uvu/assert";
import { reluBackward } from "../reference/relu.js";
import { input, label, output, random, run, sameBits } from "./harness.js";

const test = suite("kernels: elementwise");
const TILE = 16384;
const COUNTS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, TILE - 1, TILE, TILE + 1, 2 * TILE + 3];
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

/** Random values, and in the first places what a comparison may trip over. */
function values(stream: number, count: number): Float32Array<ArrayBuffer> {
  const all = random(stream, count);
  all.set([0, -0, 2 ** -149, -(2 ** -149), Infinity, -Infinity].slice(0, count));
  return all;
}

/** One rounding at most, so the float64 result rounded once is exact; -0 and 0 count as equal. */
const rounded = (result: Float64Array) => Float32Array.from(result, (v) => v + 0);

test("values of the oracle that are not rounded are called so", () => {
  const [got, wanted] = [Float32Array.of(0.1), Float64Array.of(0.1)];
  assert.throws(() => sameBits(got, wanted, "y"), /^y: float32 against float64: round the expected values/);
  sameBits(got, rounded(wanted), "y");
});

for (const count of COUNTS) {
  test(`reluBackward over ${count}`, () => {
    const [a, b] = [values(1, count), random(2, count)];
    const dx = output(count);
    run("reluBackward", label({ count }), { dx, dy: input(b), y: input(a), count }, (what) => {
      sameBits(
        dx.result.map((v) => v + 0),
        rounded(reluBackward(f64(b), f64(a))),
        what,
      );
    });
  });
}

test.run();
