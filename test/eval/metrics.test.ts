// Expected values: scikit-learn 1.2.1, written by test/fixtures/make-sklearn-reference.py.
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { classificationReport } from "#pulmo/eval/classification-report.js";
import { accuracy, confusionMatrix, predictAt } from "#pulmo/eval/confusion.js";
import { logOddsOf, probability } from "#pulmo/eval/log-odds.js";
import { splitMetrics } from "#pulmo/eval/metrics.js";
import { rocAucScore, rocCurve } from "#pulmo/eval/roc.js";
import { roundHalfEven } from "#pulmo/eval/round.js";

interface Case {
  name: string;
  labels: number[];
  p: number[];
  /** Used instead of p to rank the images, if given. */
  logits?: number[];
  confusion: number[][];
  accuracy: number;
  perClass: Record<"precision" | "recall" | "f1" | "support", [number, number]>;
  macro: [number, number, number];
  weighted: [number, number, number];
  auc: number | null;
  averagePrecision: number | null;
  fpr: (number | null)[];
  tpr: (number | null)[];
  thresholds: (number | null)[];
  report: string;
  reportDigits4: string;
}

const { cases } = JSON.parse(readFileSync("test/fixtures/sklearn-metrics.json", "utf8")) as { cases: Case[] };
const finite = (x: number) => (Number.isFinite(x) ? x : null);

for (const expected of cases) {
  const { name, labels, p, logits } = expected;
  const scores = logits ?? p;
  const logOdds = logits ?? p.map(logOddsOf);

  test(`${name}: counts, rates and averages equal scikit-learn's to the last bit`, () => {
    const got = splitMetrics(labels, logOdds);
    assert.equal(got.n, labels.length);
    assert.equal(got.confusion, expected.confusion);
    assert.is(got.accuracy, expected.accuracy);
    for (const key of ["precision", "recall", "f1", "support"] as const) {
      assert.equal([got.perClass.NORMAL[key], got.perClass.PNEUMONIA[key]], expected.perClass[key], key);
    }
    assert.equal([got.macro.precision, got.macro.recall, got.macro.f1], expected.macro);
    assert.equal([got.weighted.precision, got.weighted.recall, got.weighted.f1], expected.weighted);
    assert.is(got.macro.support, labels.length);
  });

  test(`${name}: ROC curve`, () => {
    const curve = rocCurve(Float64Array.from(labels), Float64Array.from(scores));
    assert.equal(
      curve.map((point) => finite(point.fpr)),
      expected.fpr,
    );
    assert.equal(
      curve.map((point) => finite(point.tpr)),
      expected.tpr,
    );
    assert.equal(
      curve.map((point) => finite(point.threshold)),
      expected.thresholds,
    );
    assert.is(curve[0].threshold, Infinity);
  });

  test(`${name}: area under the ROC curve`, () => {
    const auc = rocAucScore(labels, scores);
    if (expected.auc === null) return assert.is(auc, null);
    // The order of summation differs: one rounding error per point of the curve.
    assert.ok(Math.abs(auc! - expected.auc) <= expected.fpr.length * 2 ** -53, `${auc} against ${expected.auc}`);
  });

  test(`${name}: the text of classification_report, to the byte`, () => {
    const got = splitMetrics(labels, logOdds);
    assert.is(classificationReport(got), expected.report);
    assert.is(classificationReport(got, 4), expected.reportDigits4);
  });
}

const confident = cases.find(({ name }) => name === "confident")!;

test("a confident model is ranked by log-odds, as by scikit-learn, although p ties", () => {
  const { labels, logits } = confident;
  assert.ok(logits!.filter((x) => x > 17.4).length > 50 && logits!.filter((x) => x > 40).length > 10);
  const { auc, averagePrecision, roc } = splitMetrics(labels, logits!);
  for (const [found, wanted] of [
    [auc, confident.auc],
    [averagePrecision, confident.averagePrecision],
  ])
    assert.ok(Math.abs(found! - wanted!) <= 1e-12, `${found} against ${wanted}`);
  assert.equal(
    roc.map(({ threshold }) => threshold),
    confident.thresholds.map((x) => (x === null ? null : probability(x))),
  );
  const byP = (round: (p: number) => number) =>
    rocAucScore(
      labels,
      Float64Array.from(logits!, (x) => round(probability(x))),
    )!;
  assert.ok(auc! - byP(Math.fround) > 0.1, `float32 p: ${byP(Math.fround)}`);
  assert.ok(auc! !== byP((p) => p), `float64 p: ${byP((p) => p)}`);
});

test("a split with one class has no curves in metrics.json", () => {
  const got = splitMetrics([1, 1], [0.4, 0.6]);
  assert.is(got.auc, null);
  assert.equal(got.roc, []);
});

test("an infinite threshold is null in metrics.json", () => {
  const got = splitMetrics([0, 1], [0.4, 0.6]);
  assert.equal(JSON.parse(JSON.stringify(got)), got);
  assert.equal(got.roc[0], { fpr: 0, tpr: 0, threshold: null });
});

test("a tie of two logits (p = 0.5) is class 0", () => {
  assert.equal([...predictAt([0, 1e-9, -1e-9])], [0, 1, 0]);
  assert.equal([...predictAt([0.2, 0.3], 0.25)], [0, 1]);
  assert.is(accuracy(confusionMatrix([0, 1], [0, 0])), 0.5);
});

test("exact halves round to even, other values to nearest, as in Python", () => {
  const printed = [0.125, 0.375, 0.625, 0.875, 0.145, 0.155, 0.995, 1, 0].map((x) => roundHalfEven(x, 2));
  // python3: [f"{x:.2f}" for x in (0.125, 0.375, 0.625, 0.875, 0.145, 0.155, 0.995, 1, 0)]
  assert.equal(printed, ["0.12", "0.38", "0.62", "0.88", "0.14", "0.15", "0.99", "1.00", "0.00"]);
  assert.equal(
    [0.5, 1.5, 2.5].map((x) => roundHalfEven(x, 0)),
    ["0", "2", "2"],
  );
});

test("invalid input is refused", () => {
  const refused = (labels: number[], p: number[], message: RegExp) =>
    assert.throws(
      () => splitMetrics(labels, p),
      (e: unknown) => e instanceof InputError && message.test(e.message),
    );
  refused([], [], /no images/);
  refused([0, 1], [0.5], /2 labels but 1 scores/);
  refused([0, 2], [0.5, 0.5], /Label 1 is 2/);
  refused([0, 1], [0.5, NaN], /Score 1 is NaN/);
  refused([0, 1], [Infinity, 0.5], /Score 0 is Infinity/);
});

test.run();
