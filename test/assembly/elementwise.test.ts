import { suite } from "uvu";
import type { Kernels } from "#pulmo/core/kernels.js";
import { relu, reluBackward, residualAdd } from "../reference/relu.js";
import { input, label, output, random, run, sameBits, type Region } from "./harness.js";

const test = suite("kernels: elementwise");
const TILE = 16384;
const COUNTS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, TILE - 1, TILE, TILE + 1, 2 * TILE + 3];
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

const elementwise = (y: Region, operands: Float32Array<ArrayBuffer>[], count: number) => (k: Kernels) => ({
  args: [y, ...operands.map(input), count], tiles: k.elementwiseTiles(count),
});

/** Random values, and in the first places what a comparison may trip over. */
function values(stream: number, count: number): Float32Array<ArrayBuffer> {
  const all = random(stream, count);
  all.set([0, -0, 2 ** -149, -(2 ** -149), Infinity, -Infinity].slice(0, count));
  return all;
}

/** One rounding at most, so the float64 result rounded once is exact; -0 and 0 count as equal. */
const rounded = (result: Float64Array) => Float32Array.from(result, (v) => v + 0);

for (const count of COUNTS) {
  test(`relu, its gradient and add over ${count}`, () => {
    const [a, b] = [values(1, count), random(2, count)];
    const y = output(count);
    const check = (expected: Float64Array) => (what: string) => sameBits(y.result.map((v) => v + 0), rounded(expected), what);
    run("relu", label({ count }), elementwise(y, [a], count), check(relu(f64(a))));
    run("reluBackward", label({ count }), elementwise(y, [b, a], count), check(reluBackward(f64(b), f64(a))));
    run("add", label({ count }), elementwise(y, [a, b], count), check(residualAdd(f64(a), f64(b))));
  });
}

test("relu keeps NaN, so that a diverged model shows", () => {
  const y = output(5);
  run("relu", "of NaN", elementwise(y, [new Float32Array(5).fill(NaN)], 5), (what) => {
    if (!y.result.every(Number.isNaN)) throw new Error(`${what}: ${y.result}`);
  });
});

test.run();
