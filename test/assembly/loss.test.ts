// The loss, and through it lib/explog.ts over the whole range of logits.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hash } from "../reference/formula.js";
import { softmaxCrossEntropy, softmaxCrossEntropyBackward } from "../reference/loss.js";
import { assertClose, tolerance } from "../reference/tolerance.js";
import { input, label, output, outputDoubles, random, run, sweep, updated } from "./harness.js";

const test = suite("kernels: loss");
const f64 = (values: ArrayLike<number>) => Float64Array.from(values);

/** Below 2^-126 float32 has steps of 2^-149 instead of a relative precision. */
const HALF_SMALLEST = 2 ** -150;
/** Relative accuracy of the float64 arithmetic within, exp and log included: a few units of 2^-53. */
const FLOAT64 = 2 ** -49;

const labelsFor = (N: number, K: number) => Uint8Array.from({ length: N }, (_, n) => hash(5, n) % K);
/** Scales from equal logits to ones whose exponentials under- and overflow; offset: the largest is taken out first. */
const cases = sweep(
  { N: [7, 1, 2, 5, 32, 33], K: [2, 1, 3, 10], scale: [1, 0, 1e-6, 0.01, 20, 90, 1000, 1e30], offset: [0, 50, -2000] },
  40,
);

test("crossEntropy: loss, gradient, totals", () => {
  for (const { N, K, scale, offset } of cases) {
    const logits = random(1, N * K, scale, offset);
    const labels = labelsFor(N, K);
    const [report, dlogits] = [outputDoubles(3), output(N * K)];
    const totals = updated(Float64Array.of(3.25, 17));
    const expected = softmaxCrossEntropy(f64(logits), labels, K);
    const gradient = softmaxCrossEntropyBackward(expected.probabilities, labels, K);
    const inexact = FLOAT64 * Math.max(1, ...f64(logits).map(Math.abs));
    run(
      "crossEntropy",
      label({ N, K, scale, offset }),
      { report, dlogits, totals, logits: input(logits), labels: input(labels), N, K },
      (what) => {
        const [loss, ...after] = report.result;
        assert.ok(
          Math.abs(loss - expected.loss) <= FLOAT64 * Math.abs(expected.loss) + inexact,
          `${what}: loss ${loss}, not ${expected.loss}`,
        );
        assert.equal(after, [...totals.result], `${what}: totals in the report`);
        const allowed = (i: number) => tolerance(1, Math.abs(gradient[i])) + FLOAT64 / N + HALF_SMALLEST;
        assertClose(dlogits.result, gradient, allowed, `${what}: dlogits`);
        const sum = totals.result[0] - 3.25;
        const error = Math.abs(sum - N * expected.loss);
        assert.ok(error <= FLOAT64 * (3.25 + N * expected.loss) + N * inexact, `${what}: total ${sum}, not ${N * expected.loss}`);
        assert.is(totals.result[1], 17 + expected.correct, `${what}: correct`);
      },
    );
  }
});

test("exp and log: two classes sweep the differences of logits", () => {
  // dlogits = 1 / (1 + e^d) / N of the class that is not the label shows exp, loss = ln(1 + e^-d) in float64 shows log.
  const differences = Float32Array.from({ length: 1201 }, (_, i) => (i - 600) / 5);
  const N = differences.length;
  const logits = Float32Array.from({ length: 2 * N }, (_, i) => (i % 2 ? 0 : differences[i >> 1]));
  const labels = new Uint8Array(N);
  const operands = { report: outputDoubles(3), dlogits: output(2 * N), totals: updated(new Float64Array(2)) };
  const gradient = softmaxCrossEntropyBackward(softmaxCrossEntropy(f64(logits), labels, 2).probabilities, labels, 2);
  run("crossEntropy", "every difference", { ...operands, logits: input(logits), labels: input(labels), N, K: 2 }, (what) => {
    // The label's own is a difference from 1; the other class's is p / N alone.
    const allowed = (i: number) => tolerance(1, Math.abs(gradient[i])) + (i % 2 ? 0 : FLOAT64 / N) + HALF_SMALLEST;
    assertClose(operands.dlogits.result, gradient, allowed, what);
  });
  for (let n = 0; n < N; n += 3) {
    const d = differences[n];
    const totals = updated(new Float64Array(2));
    const operands = {
      report: outputDoubles(3),
      dlogits: output(2),
      totals,
      logits: input(Float32Array.of(d, 0)),
      labels: input(Uint8Array.of(0)),
    };
    run("crossEntropy", `difference ${d}`, { ...operands, N: 1, K: 2 }, (what) => {
      const loss = Math.max(-d, 0) + Math.log1p(Math.exp(-Math.abs(d)));
      const error = Math.abs(totals.result[0] - loss);
      assert.ok(error <= FLOAT64 * Math.max(1, Math.abs(d)), `${what}: ${totals.result[0]}, not ${loss}`);
    });
  }
});

test("tied logits: the first counts as the guess", () => {
  const totals = updated(new Float64Array(2));
  const logits = Float32Array.of(4, 4, 4, 4, 4, 4);
  run(
    "crossEntropy",
    "tied",
    {
      report: outputDoubles(3),
      dlogits: output(6),
      totals,
      logits: input(logits),
      labels: input(Uint8Array.of(0, 1, 0)),
      N: 3,
      K: 2,
    },
    (what) => assert.is(totals.result[1], 2, what),
  );
});

test("NaN and infinite logits give NaN, not a trap", () => {
  for (const bad of [NaN, Infinity]) {
    const [report, dlogits] = [outputDoubles(3), output(4)];
    const logits = Float32Array.of(bad, 1, 0.5, 0.25);
    const totals = updated(new Float64Array(2));
    run(
      "crossEntropy",
      `${bad}`,
      { report, dlogits, totals, logits: input(logits), labels: input(new Uint8Array(2)), N: 2, K: 2 },
      (what) => {
        assert.ok(Number.isNaN(report.result[0]), `${what}: loss ${report.result[0]}`);
        assert.ok(Number.isNaN(dlogits.result[0]) && Number.isNaN(dlogits.result[1]), `${what}: dlogits ${dlogits.result}`);
        assert.ok(Number.isFinite(dlogits.result[2]), `${what}: the other row, ${dlogits.result}`);
      },
    );
  }
});

test.run();
