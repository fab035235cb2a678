import { suite } from "uvu";
import { batchNormEval } from "../reference/batchnorm.js";
import { type ImageShape, maxPool, maxPoolBackward } from "../reference/pooling.js";
import { absolute, assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, outputBytes, random, run, sameBits } from "./harness.js";
import { geometry, shapes, tapsOf } from "./pooled-images.js";

const test = suite("kernels: batch norm and max-pool in one pass");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

/** A window whose maximum is 0 or below passes no gradient. */
const NO_TAP = 9;

/** What the float64 oracles say, on rows with plausible statistics, not those of x. Half of the gammas are negative. */
function expectedOf(shape: ImageShape, x: Float32Array) {
  const { h, w, c } = shape;
  const size = geometry(shape);
  const [mean, invstd, gamma, beta] = [random(2, c, 1, 1), random(3, c, 0.5, 1), random(4, c, 1), random(5, c)];
  const variance = f64(invstd).map((s) => s ** -2);
  const z = batchNormEval(f64(x), f64(gamma), f64(beta), f64(mean), variance, 0);
  const pooled = maxPool(z, shape);
  const plane = (i: number) => Math.floor(i / (c * size.OH * size.OW));
  const winnerAt = (i: number) => (plane(i) * h * w + pooled.argmax[i]) * c + (i % c);
  const taps = tapsOf(pooled.argmax, shape).map((tap, i) => (pooled.y[i] > 0 ? tap : NO_TAP));
  const magnitude = (i: number) =>
    (Math.abs(x[i]) + Math.abs(mean[i % c])) * Math.abs(gamma[i % c] * invstd[i % c]) + Math.abs(beta[i % c]);
  return { size, mean, invstd, gamma, beta, pooled, taps, winnerAt, magnitude };
}

const numbers = {
  "distinct values": (length: number) => random(1, length, 2, 1),
  // Steps of 1/2 make ties in most windows.
  ties: (length: number) => random(1, length, 2, 1).map((v) => Math.round(2 * v) / 2),
};

for (const [name, values] of Object.entries(numbers)) {
  test(`batchNormMaxPool of ${name}: the largest, its x and its tap`, () => {
    for (const shape of shapes) {
      const x = values(shape.n * shape.h * shape.w * shape.c);
      const { size, mean, invstd, gamma, beta, pooled, taps, winnerAt, magnitude } = expectedOf(shape, x);
      const { length } = pooled.y;
      const [y, top, winner] = [output(length), output(length), outputBytes(length)];
      const parameters = { mean: input(mean), invstd: input(invstd), gamma: input(gamma), beta: input(beta) };
      run(
        "batchNormMaxPool",
        label(shape),
        { y, top, winner, x: input(x), ...parameters, ...size, tiles: shape.n * size.OH },
        (what) => {
          // As in batchNorm: three terms, and the scale gamma * invstd is rounded.
          const relu = pooled.y.map((v) => Math.max(v, 0));
          assertClose(y.result, relu, (i) => tolerance(5, magnitude(winnerAt(i))), what);
          sameBits(
            top.result,
            Float32Array.from(pooled.y, (_, i) => x[winnerAt(i)]),
            `${what} top`,
          );
          sameBits(winner.result, taps, `${what} winner`);
        },
      );
    }
  });
}

test("batchNormMaxPoolBackward", () => {
  for (const shape of shapes) {
    const { n, h, w, c } = shape;
    const x = numbers.ties(n * h * w * c);
    const { size, mean, invstd, gamma, pooled, taps } = expectedOf(shape, x);
    const [dy, dgamma, dbeta] = [random(7, taps.length), random(8, c), random(9, c)];
    const open = dy.map((v, i) => (taps[i] === NO_TAP ? 0 : v));
    const [g, sum] = [maxPoolBackward(f64(open), pooled.argmax, shape), maxPoolBackward(absolute(open), pooled.argmax, shape)];
    const P = n * h * w;
    const scale = (i: number) => gamma[i % c] * invstd[i % c];
    const slope = (i: number) => (invstd[i % c] * dgamma[i % c]) / P;
    const expected = g.map((v, i) => scale(i) * (v - dbeta[i % c] / P - (x[i] - mean[i % c]) * slope(i)));
    const magnitude = (i: number) =>
      Math.abs(scale(i)) * (sum[i] + Math.abs(dbeta[i % c]) / P + (Math.abs(x[i]) + Math.abs(mean[i % c])) * Math.abs(slope(i)));
    const dx = output(P * c);
    const parameters = { mean: input(mean), invstd: input(invstd), gamma: input(gamma) };
    run(
      "batchNormMaxPoolBackward",
      label(shape),
      {
        ...{ dx, dy: input(dy), winner: input(taps), x: input(x), ...parameters },
        ...{ dgamma: input(dgamma), dbeta: input(dbeta), N: n, ...size },
      },
      // A pixel lies in four windows at most; its two other terms; roundings of 1/P, the scale and the slope.
      (what) => assertClose(dx.result, expected, (i) => tolerance(10, magnitude(i)), what),
    );
  }
});

test.run();
