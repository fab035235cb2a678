import { suite } from "uvu";
import { outputExtent } from "../reference/conv2d.js";
import { globalAveragePool, globalAveragePoolBackward, maxPool, maxPoolBackward } from "../reference/pooling.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, outputBytes, random, run, sameBits, sweep } from "./harness.js";

const test = suite("kernels: pool");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

interface Image {
  n: number;
  h: number;
  w: number;
  c: number;
}

const shapes: Image[] = sweep(
  { n: [2, 1, 3], h: [5, 1, 2, 3, 4, 6, 7, 16], w: [6, 1, 2, 3, 4, 5, 9, 17], c: [8, 16, 24, 40] },
  16,
);

const extents = ({ h, w }: Image) => [outputExtent(h, 3, 2, 1), outputExtent(w, 3, 2, 1)];

/** What the kernels call them. */
function geometry(shape: Image) {
  const [OH, OW] = extents(shape);
  return { H: shape.h, W: shape.w, C: shape.c, OH, OW };
}

/** Places in the plane to places in the window: row * 3 + column, 0..8. */
function winners(argmax: Int32Array, shape: Image): Uint8Array<ArrayBuffer> {
  const [OH, OW] = extents(shape);
  return Uint8Array.from(argmax, (at, i) => {
    const [p, q] = [Math.floor(i / (shape.c * OW)) % OH, Math.floor(i / shape.c) % OW];
    return (Math.floor(at / shape.w) - (2 * p - 1)) * 3 + (at % shape.w) - (2 * q - 1);
  });
}

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
      run("maxPool", label(shape), { y, winner, x: input(x), ...geometry(shape), tiles: shape.n * extents(shape)[0] }, (what) => {
        sameBits(y.result, Float32Array.from(expected.y), what);
        sameBits(winner.result, winners(expected.argmax, shape), `${what} winner`);
      });
      const alone = output(expected.y.length);
      run(
        "maxPool",
        `${label(shape)} without winners`,
        { y: alone, winner: 0, x: input(x), ...geometry(shape), tiles: shape.n * extents(shape)[0] },
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
      { dx, dy: input(dy), winner: input(winners(argmax, shape)), ...geometry(shape), tiles: shape.n * shape.h },
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
