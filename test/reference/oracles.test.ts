import { test } from "uvu";
import * as assert from "uvu/assert";
import { adam } from "./adam.js";
import { batchNormBackward, batchNormEval, batchNormTrain, updateRunning } from "./batchnorm.js";
import { type ConvShape, conv2d, conv2dBackwardData, conv2dBackwardWeights } from "./conv2d.js";
import { assertGradient, dot, random, randomOffKinks } from "./differences.js";
import { linear, linearBackward } from "./linear.js";
import { softmaxCrossEntropy, softmaxCrossEntropyBackward } from "./loss.js";
import { matmul } from "./matmul.js";
import { globalAveragePool, globalAveragePoolBackward, maxPool, maxPoolBackward } from "./pooling.js";
import { relu, reluBackward, residualAdd } from "./relu.js";

test("matmul: transposes, alpha and beta", () => {
  // A = [[1, 2, 3], [4, 5, 6]], B = [[1, 2], [3, 4], [5, 6]], A B = [[22, 28], [49, 64]]
  const [m, n, k] = [2, 2, 3];
  const expected = [2 * 22 + 1, 2 * 28 + 2, 2 * 49 + 3, 2 * 64 + 4];
  const c = Float64Array.of(10, 20, 30, 40);
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const a = Float64Array.from(transposeA ? [1, 4, 2, 5, 3, 6] : [1, 2, 3, 4, 5, 6]);
      const b = Float64Array.from(transposeB ? [1, 3, 5, 2, 4, 6] : [1, 2, 3, 4, 5, 6]);
      const result = matmul(a, b, { m, n, k, transposeA, transposeB, alpha: 2, beta: 0.1 }, c);
      assert.equal(
        [...result].map((v) => +v.toFixed(9)),
        expected,
      );
    }
  }
});

const convolutions: [name: string, shape: ConvShape][] = [
  ["1x1", { n: 2, h: 3, w: 5, c: 3, o: 2, r: 1, s: 1, stride: 1, pad: 0 }],
  ["1x1 stride 2", { n: 1, h: 5, w: 4, c: 3, o: 2, r: 1, s: 1, stride: 2, pad: 0 }],
  ["3x3 pad 1", { n: 2, h: 4, w: 5, c: 2, o: 3, r: 3, s: 3, stride: 1, pad: 1 }],
  ["3x3 stride 2 pad 1", { n: 1, h: 6, w: 7, c: 2, o: 3, r: 3, s: 3, stride: 2, pad: 1 }],
  ["7x7 stride 2 pad 3", { n: 1, h: 9, w: 8, c: 3, o: 2, r: 7, s: 7, stride: 2, pad: 3 }],
  ["7x7 larger than its image", { n: 1, h: 2, w: 3, c: 1, o: 1, r: 7, s: 7, stride: 2, pad: 3 }],
  ["2x3 stride 3 pad 1", { n: 1, h: 5, w: 7, c: 2, o: 2, r: 2, s: 3, stride: 3, pad: 1 }],
];
for (const [name, shape] of convolutions) {
  test(`conv2d ${name}: both backward passes`, () => {
    const x = random(1, shape.n * shape.h * shape.w * shape.c);
    const weight = random(2, shape.o * shape.r * shape.s * shape.c);
    const dy = random(3, conv2d(x, weight, shape).length);
    const scalar = () => dot(dy, conv2d(x, weight, shape));
    assertGradient(scalar, x, conv2dBackwardData(dy, weight, shape), "dx");
    assertGradient(scalar, weight, conv2dBackwardWeights(dy, x, shape), "dweight");
  });
}

test("conv2d: values by hand", () => {
  // One 3x3 image 1..9, a 3x3 filter of ones, stride 2, pad 1: sums of the four corners' neighbourhoods.
  const shape = { n: 1, h: 3, w: 3, c: 1, o: 1, r: 3, s: 3, stride: 2, pad: 1 };
  const y = conv2d(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), new Float64Array(9).fill(1), shape);
  assert.equal([...y], [1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 + 8 + 9]);
});

test("batch-norm: backward, normalisation, running statistics", () => {
  const shape = { rows: 7, channels: 3 };
  const [x, gamma, beta, dy] = [random(1, 21), random(2, 3), random(3, 3), random(4, 21)];
  const { y, mean, variance, invstd } = batchNormTrain(x, gamma, beta, shape);
  const { dx, dgamma, dbeta } = batchNormBackward(dy, x, gamma, mean, invstd, shape);
  const scalar = () => dot(dy, batchNormTrain(x, gamma, beta, shape).y);
  assertGradient(scalar, x, dx, "dx");
  assertGradient(scalar, gamma, dgamma, "dgamma");
  assertGradient(scalar, beta, dbeta, "dbeta");
  assert.equal(batchNormEval(x, gamma, beta, mean, variance), y);

  // Rows 1, 2, 6: mean 3, biased variance 14/3, unbiased 7.
  const small = batchNormTrain(Float64Array.of(1, 2, 6), Float64Array.of(1), Float64Array.of(0), { rows: 3, channels: 1 });
  const running = updateRunning({ mean: Float64Array.of(0), variance: Float64Array.of(1) }, small, 3);
  assert.ok(Math.abs(running.mean[0] - 0.3) < 1e-15 && Math.abs(running.variance[0] - 1.6) < 1e-15);
});

test("relu and residual add", () => {
  const x = randomOffKinks(1, 13);
  const dy = random(2, 13);
  assertGradient(() => dot(dy, relu(x)), x, reluBackward(dy, relu(x)), "dx");
  assert.equal([...reluBackward(Float64Array.of(1), relu(Float64Array.of(0)))], [0]);
  const b = random(3, 13);
  assertGradient(() => dot(dy, residualAdd(x, b)), b, dy, "db");
});

for (const [h, w] of [
  [1, 1],
  [2, 3],
  [5, 5],
  [6, 7],
]) {
  test(`pools over ${h}x${w}`, () => {
    const shape = { n: 2, h, w, c: 3 };
    const x = randomOffKinks(1, 2 * h * w * 3);
    const { y, argmax } = maxPool(x, shape);
    const dy = random(2, y.length);
    assertGradient(() => dot(dy, maxPool(x, shape).y), x, maxPoolBackward(dy, argmax, shape), "max-pool dx");
    const dmean = random(3, 2 * 3);
    assertGradient(() => dot(dmean, globalAveragePool(x, shape)), x, globalAveragePoolBackward(dmean, shape), "mean dx");
  });
}

test("max-pool: the first maximum wins, padding never, NaN always", () => {
  const pool = (...values: number[]) => maxPool(Float64Array.from(values), { n: 1, h: 2, w: 2, c: 1 });
  assert.equal([...pool(-1, -1, -1, -1).y, ...pool(-1, -1, -1, -1).argmax], [-1, 0]);
  assert.equal([...pool(0, 5, 5, 0).argmax], [1]);
  assert.ok(Number.isNaN(pool(1, NaN, 9, 2).y[0]));
});

test("linear", () => {
  const shape = { n: 3, inputs: 5, outputs: 2 };
  const [x, weight, bias, dy] = [random(1, 15), random(2, 10), random(3, 2), random(4, 6)];
  const { dx, dweight, dbias } = linearBackward(dy, x, weight, shape);
  const scalar = () => dot(dy, linear(x, weight, bias, shape));
  assertGradient(scalar, x, dx, "dx");
  assertGradient(scalar, weight, dweight, "dweight");
  assertGradient(scalar, bias, dbias, "dbias");
  assert.equal(
    [...linear(Float64Array.of(1, 2), Float64Array.of(3, 4), Float64Array.of(5), { n: 1, inputs: 2, outputs: 1 })],
    [16],
  );
});

test("softmax cross-entropy", () => {
  const labels = [0, 2, 1, 1];
  const logits = random(1, 12).map((z) => 3 * z);
  const dlogits = softmaxCrossEntropyBackward(softmaxCrossEntropy(logits, labels, 3).probabilities, labels, 3);
  assertGradient(() => softmaxCrossEntropy(logits, labels, 3).loss, logits, dlogits, "dlogits");
  const tied = softmaxCrossEntropy(Float64Array.of(7, 7, 7, 7), [0, 1], 2);
  assert.equal([tied.correct, tied.loss], [1, Math.LN2]);
  const extreme = softmaxCrossEntropy(Float64Array.of(2000, -2000), [1], 2);
  assert.equal([extreme.correct, extreme.loss], [0, 4000]);
});

test("adam: its first step is lr times the sign, whatever the gradient's size", () => {
  const zero = new Float64Array(3);
  const gradient = Float64Array.of(1e3, -1e-3, 0);
  const settings = { step: 1, lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-30 };
  const { parameters } = adam({ parameters: zero, m: zero, v: zero }, gradient, settings);
  [-0.1, 0.1, 0].forEach((expected, i) => assert.ok(Math.abs(parameters[i] - expected) < 1e-15, `element ${i}`));
});

test.run();
