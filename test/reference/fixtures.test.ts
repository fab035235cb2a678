/** The formula in TypeScript equals the one in Python, and the oracles equal PyTorch, before kernels are tested against them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type AdamState, adam } from "./adam.js";
import { gradientError } from "./compare.js";
import { readFixture, type TensorSummary } from "./fixture.js";
import { labels, parameterValues, pixels, projections, SIDE, sampledIndexes, uniform } from "./formula.js";
import { transposeInner } from "./layout.js";
import { linear, linearBackward } from "./linear.js";
import { softmaxCrossEntropy, softmaxCrossEntropyBackward } from "./loss.js";
import { pixelsToUnit } from "./pixels.js";
import { absolute, assertClose, tolerance } from "./tolerance.js";

/** Fixtures keep at least ten digits. */
const WRITTEN = 1e-9;

for (const model of ["logistic", "dnn", "resnet18"] as const) {
  test(`${model}: pixels, labels and parameters are those PyTorch saw`, () => {
    const fixture = readFixture(model);
    assert.equal([...labels(fixture.batch)], fixture.labels);
    assert.is(
      pixels(fixture.batch, fixture.pixelStream).reduce((sum, byte) => sum + byte, 0),
      fixture.pixelSum,
    );
    for (const { number, kind, shape, first } of fixture.parameters) {
      // Element i depends on the first dimension only through fanIn, so four rows are enough.
      const values = parameterValues(number, kind, [Math.min(4, shape[0]), ...shape.slice(1)]);
      assert.equal([...values.subarray(0, 4)], first);
    }
  });
}

test("logistic by the oracles: logits, gradients and ten Adam steps are PyTorch's", () => {
  const fixture = readFixture("logistic");
  const shape = { n: fixture.batch, inputs: SIDE * SIDE * 3, outputs: 2 };
  const x = pixelsToUnit(pixels(fixture.batch, fixture.pixelStream));
  const start = fixture.parameters.map(({ number, kind, shape }) => parameterValues(number, kind, shape));
  start[0] = transposeInner(start[0], 2, 3, SIDE * SIDE); // columns C,H,W -> H,W,C
  let states: AdamState[] = start.map((p) => {
    return { parameters: Float64Array.from(p), m: new Float64Array(p.length), v: new Float64Array(p.length) };
  });
  fixture.losses.forEach((expected, k) => {
    const [weight, bias] = states.map((state) => state.parameters);
    const logits = linear(x, weight, bias, shape);
    const { loss, probabilities } = softmaxCrossEntropy(logits, fixture.labels, 2);
    const { dweight, dbias } = linearBackward(softmaxCrossEntropyBackward(probabilities, fixture.labels, 2), x, weight, shape);
    assert.ok(Math.abs(loss / expected - 1) < WRITTEN, `loss ${k}: ${loss}, PyTorch ${expected}`);
    if (k === 0) {
      fixture.logits.forEach((theirs, i) => assert.ok(Math.abs(logits[i] - theirs) < WRITTEN, `logit ${i}`));
      const ours = Float32Array.from(transposeInner(dweight, 2, SIDE * SIDE, 3)); // and back
      assert.ok(gradientError(ours, fixture.parameters[0]) < 2 ** -24, "a gradient that was only rounded");
      assert.ok(gradientError(Float32Array.from(dbias), fixture.parameters[1]) < 2 ** -24);
    }
    const [beta1, beta2] = fixture.adam.betas;
    const settings = { step: k + 1, lr: fixture.adam.lr, beta1, beta2, eps: fixture.adam.eps };
    states = states.map((state, p) => adam(state, p === 0 ? dweight : dbias, settings));
  });
});

/** The same computation as the Python script's for a tensor. */
function summarise(g: Float64Array): TensorSummary {
  const samples = sampledIndexes(0, g.length).map((i) => g[i]);
  const norm = Math.sqrt(g.reduce((sum, value) => sum + value * value, 0));
  return { number: 0, name: "g", shape: [g.length], norm, projections: [...projections(0, g)], samples, float32Error: 0 };
}

test("gradientError: accurate to a factor of two; NaN gives NaN", () => {
  const size = 5000;
  const truth = Float64Array.from({ length: size }, (_, i) => uniform(9, i));
  const reference = summarise(truth);
  const noisy = Float32Array.from(truth, (value, i) => value + 1e-3 * uniform(10, i));
  const error = gradientError(noisy, reference);
  assert.ok(error > 0.5e-3 && error < 2e-3, `estimated ${error} where it is 1e-3`);
  const same = summarise(Float64Array.from(noisy));
  for (const blind of [
    { ...reference, projections: same.projections },
    { ...reference, samples: same.samples },
  ]) {
    const half = gradientError(noisy, blind);
    assert.ok(half > 0.5e-3 && half < 2e-3, `one of the two estimates alone: ${half}`);
  }
  const oneWrong = Float32Array.from(truth);
  oneWrong[1234] += 1;
  assert.ok(gradientError(oneWrong, reference) > 0.5 / reference.norm, "one wrong element");
  const moved = Float32Array.from(truth).reverse();
  assert.ok(gradientError(moved, reference) > 0.5, "the same values elsewhere");
  oneWrong[1234] = NaN;
  assert.not.ok(gradientError(oneWrong, reference) < Infinity);
});

test("tolerance bounds a float32 sum, and assertClose names the worst element", () => {
  // Adding 0.1 over and over drifts: rounding errors of one sign, about the worst a sum can do.
  const terms = new Float32Array(1e5).fill(0.1);
  const float32 = terms.reduce((sum, value) => Math.fround(sum + value), 0);
  const exact = absolute(terms).reduce((sum, value) => sum + value, 0);
  const allowed = tolerance(terms.length, exact);
  assertClose(Float32Array.of(float32), Float64Array.of(exact), allowed, "sum");
  assert.ok(Math.abs(float32 - exact) > allowed / terms.length, "one rounding would not explain it");
  const three = Float64Array.of(1, 2, 3);
  assert.throws(() => assertClose(Float32Array.of(1, 2.5, 9), three, 0.1, "y"), /^y: 2 of 3 .* worst at \[2\]: 9, expected 3/);
  assert.throws(() => assertClose(Float32Array.of(1, NaN, 3), three, (i) => i, "y"), /worst at \[1\]: NaN/);
  assert.throws(() => assertClose(Float32Array.of(1, 2), three, 1, "y"), /2 elements, expected 3/);
});

test.run();
