import { suite } from "uvu";
import { globalAveragePool, globalAveragePoolBackward, maxPool, maxPoolBackward } from "../reference/pooling.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, outputBytes, random, run, sameBits } from "./harness.js";
import { geometry, shapes, tapsOf } from "./pooled-images.js";

const test = suite("kernels: pool");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

// Steps of 1/2 make ties in most windows, negative values a padding of zeros that would win.
const tied = (length: number) => random(1, length).map((v) => Math.round(2 * v) / 2 - 3);

for (const [name, values] of [
  ["distinct values", random.bind(null, 1)],
  ["ties below zero", tied],
] as const) {
  test(`maxPool of ${name}: the largest, and which tap it was`, () => {
    for (const shape of shapes) {
      const x = values(shape.n * shape.h * shape.w * shape.c);
      const expected = maxPool(f64(x), shape);
      const [y, winner] = [output(expected.y.length), outputBytes(expected.y.length)];
      run(
        "maxPool",
        label(shape),
        { y, winner, x: input(x), ...geometry(shape), tiles: shape.n * geometry(shape).OH },
        (what) => {
          sameBits(y.result, Float32Array.from(expected.y), what);
          sameBits(winner.result, tapsOf(expected.argmax, shape), `${what} winner`);
        },
      );
      const alone = output(expected.y.length);
      run(
        "maxPool",
        `${label(shape)} without winners`,
        { y: alone, winner: 0, x: input(x), ...geometry(shape), tiles: shape.n * geometry(shape).OH },
        (what) => {
          sameBits(alone.result, Float32Array.from(expected.y), what);
        },
      );
    }
  });
}

test("maxPoolBackward", () => {
  for (const shape of shapes) {
    const { argmax } = maxPool(f64(tied(shape.n * shape.h * shape.w * shape.c)), shape);
    const dy = random(2, argmax.length);
    const dx = output(shape.n * shape.h * shape.w * shape.c);
    const expected = maxPoolBackward(f64(dy), argmax, shape);
    const magnitude = maxPoolBackward(absolute(dy), argmax, shape);
    // A pixel lies in four windows at most.
    run(
      "maxPoolBackward",
      label(shape),
      { dx, dy: input(dy), winner: input(tapsOf(argmax, shape)), ...geometry(shape), tiles: shape.n * shape.h },
      (what) => {
        assertClose(dx.result, expected, (i) => tolerance(4, magnitude[i]), what);
      },
    );
  }
});

test("averagePool and averagePoolBackward", () => {
  for (const shape of shapes) {
    const { n, h, w, c } = shape;
    const [x, dy] = [random(1, n * h * w * c), random(2, n * c)];
    const [y, dx] = [output(n * c), output(x.length)];
    const magnitude = globalAveragePool(absolute(x), shape);
    // One more rounding each for 1/P and for the product with it.
    run("averagePool", label(shape), { y, x: input(x), P: h * w, C: c, tiles: n }, (what) => {
      assertClose(y.result, globalAveragePool(f64(x), shape), (i) => tolerance(h * w + 2, magnitude[i]), what);
    });
    const expected = globalAveragePoolBackward(f64(dy), shape);
    run("averagePoolBackward", label(shape), { dx, dy: input(dy), P: h * w, C: c, tiles: n }, (what) => {
      assertClose(dx.result, expected, (i) => tolerance(2, Math.abs(expected[i])), what);
    });
  }
});

test.run();
