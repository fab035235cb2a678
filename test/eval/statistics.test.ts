// Curves and calibration against scikit-learn 1.2.1; intervals, DeLong's test and thresholds against simple implementations.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { calibration, histogram } from "#pulmo/eval/calibration.js";
import { delong } from "#pulmo/eval/delong.js";
import { bootstrapIntervals, RESAMPLES } from "#pulmo/eval/intervals.js";
import { crossEntropy, probability } from "#pulmo/eval/log-odds.js";
import { splitMetrics } from "#pulmo/eval/metrics.js";
import { averagePrecisionScore, precisionRecallCurve } from "#pulmo/eval/precision-recall.js";
import { rocAucScore } from "#pulmo/eval/roc.js";
import { temperatureOf } from "#pulmo/eval/temperature.js";
import { balancedThreshold, rates, thresholdForRecall, thresholdMetrics } from "#pulmo/eval/thresholds.js";

const test = suite("statistics");

interface Case {
  name: string;
  labels: number[];
  p: number[];
  /** Used instead of p to rank the images, if given. */
  logits?: number[];
  averagePrecision: number | null;
  precisionRecall: Record<"precision" | "recall" | "thresholds", (number | null)[]>;
  brier: number;
  calibration: { observed: number[]; predicted: number[]; n: number[]; ece: number; histogram: [number[], number[]] };
}

const { cases } = JSON.parse(readFileSync("test/fixtures/sklearn-metrics.json", "utf8")) as { cases: Case[] };

const close = (found: number, wanted: number, what: string) =>
  assert.ok(Math.abs(found - wanted) <= 1e-14, `${what}: ${found} instead of ${wanted}`);

for (const { name, labels, p, logits: scores = p, ...expected } of cases) {
  test(`${name}: precision-recall curve and average precision`, () => {
    const curve = precisionRecallCurve(labels, scores);
    const { precision, recall, thresholds } = expected.precisionRecall;
    assert.equal(
      curve.map((point) => point.precision),
      precision,
    );
    assert.equal(
      curve.map((point) => point.recall),
      recall,
    );
    assert.equal(
      curve.map((point) => point.threshold),
      thresholds,
    );
    const found = averagePrecisionScore(labels, scores);
    if (expected.averagePrecision === null) assert.is(found, null);
    else close(found!, expected.averagePrecision, "average precision");
  });

  test(`${name}: Brier score, calibration bins, histogram`, () => {
    const found = calibration(labels, p);
    const { n, observed, predicted, ece, histogram: counts } = expected.calibration;
    close(found.brier, expected.brier, "Brier score");
    close(found.ece, ece, "ECE");
    assert.equal(
      found.calibration.map((bin) => bin.n),
      n,
    );
    found.calibration.forEach((bin, i) => {
      close(bin.observed, observed[i], "observed");
      close(bin.predicted, predicted[i], "predicted");
      assert.ok(bin.predicted >= bin.from - 1e-12 && bin.predicted <= bin.to + 1e-12);
    });
    assert.equal(histogram(labels, p), { NORMAL: counts[0], PNEUMONIA: counts[1] });
  });

  test(`${name}: thresholds equal those of an exhaustive search`, () => {
    const positives = labels.filter(Boolean).length;
    for (const target of [0.01, 0.5, 0.9, 0.99, 1]) {
      const found = thresholdForRecall(labels, scores, target);
      if (positives === 0) {
        assert.is(found, null);
        continue;
      }
      const { value, logit } = found!;
      assert.ok(thresholdMetrics(labels, scores, logit).recall >= target);
      for (const other of scores)
        if (other > logit) assert.ok(thresholdMetrics(labels, scores, other).recall < target, `${other} also reaches ${target}`);
      for (const x of scores) {
        if (x > logit) assert.ok(probability(x) > value, `p of ${x} is not above ${value}`);
        else if (probability(x) !== probability(logit)) assert.not.ok(probability(x) > value, `p of ${x} is above ${value}`);
      }
    }
  });
}

test("a threshold separates images whose p is the same in float64", () => {
  const [labels, logOdds] = [
    [0, 1, 0, 1],
    [39, 40, 50, 60],
  ];
  const { value, logit } = thresholdForRecall(labels, logOdds, 0.5)!;
  assert.ok(value < 1 && probability(logit) === 1);
  assert.equal(thresholdMetrics(labels, logOdds, logit).confusion, [
    [2, 0],
    [1, 1],
  ]);
});

test("the balanced threshold is optimal and lies between two scores", () => {
  const { labels, a } = problem(200, 9);
  const chosen = balancedThreshold(labels, a)!;
  const balanced = (threshold: number) => {
    const { recall, specificity } = thresholdMetrics(labels, a, threshold);
    return (recall + specificity) / 2;
  };
  for (const other of a) assert.ok(balanced(other) <= balanced(chosen.logit) + 1e-12);
  assert.not.ok(a.includes(chosen.logit));
  assert.is(chosen.value, probability(chosen.logit));
  assert.is(balancedThreshold([0, 1], [1, 1]), null);
  assert.is(balancedThreshold([1, 1], [1, 2]), null);
  assert.equal(balancedThreshold([0, 1], [-3, 1])!.logit, -1);
});

test("the temperature minimizes the cross-entropy and is recovered from scaled scores", () => {
  const rng = createRng(4);
  const logOdds = Array.from({ length: 20_000 }, () => 2 * rng.normal());
  const labels = logOdds.map((x) => (rng.uniform() < probability(x) ? 1 : 0));
  for (const sharper of [0.5, 1, 3]) {
    const scores = logOdds.map((x) => sharper * x);
    const found = temperatureOf(labels, scores);
    assert.ok(Math.abs(found / sharper - 1) < 0.05, `${found} instead of ${sharper}`);
    const loss = (temperature: number) =>
      crossEntropy(
        labels,
        scores.map((x) => x / temperature),
      );
    for (const other of [0.9, 0.999, 1.001, 1.1]) assert.ok(loss(found) <= loss(found * other));
  }
  // Without wrong predictions: the lower bound; with noise only: the upper bound.
  assert.ok(Math.abs(temperatureOf([0, 1], [-1, 1]) - 0.1) < 1e-9);
  assert.ok(Math.abs(temperatureOf([1, 0], [-1, 1]) - 100) < 1e-6);
});

test("cross-entropy equals its definition, also for p near 1", () => {
  const [labels, logOdds] = [
    [1, 0, 1],
    [0.3, -2, 1],
  ];
  const plain = -(Math.log(probability(0.3)) + Math.log(1 - probability(-2)) + Math.log(probability(1))) / 3;
  assert.ok(Math.abs(crossEntropy(labels, logOdds) - plain) < 1e-15);
  assert.equal([crossEntropy([1], [-800]), crossEntropy([1], [800])], [800, 0]);
  assert.ok(Math.abs(crossEntropy([1], [50]) / Math.exp(-50) - 1) < 1e-12);
});

test("a threshold may be negative, or just below 0", () => {
  const { value, logit } = thresholdForRecall([1, 0], [-3, 2], 1)!;
  assert.ok(logit < -3 && logit > -3.000000000000001 && value < probability(-3));
  assert.equal(thresholdForRecall([1], [0], 1), { value: 0.5 - 2 ** -54, logit: -(2 ** -1074) });
});

/** n images: labels and the log-odds of two correlated models, rounded so that some tie. */
function problem(n: number, seed: number, digits = 2): { labels: number[]; a: number[]; b: number[] } {
  const rng = createRng(seed);
  const labels = Array.from({ length: n }, () => (rng.uniform() < 0.6 ? 1 : 0));
  const score = (label: number, gap: number) =>
    Number(Math.min(0.5, Math.max(-0.5, gap * label - 0.1 + 0.25 * rng.normal())).toFixed(digits));
  return { labels, a: labels.map((l) => score(l, 0.3)), b: labels.map((l) => score(l, 0.2)) };
}

test("intervals equal those of resampling image by image", () => {
  const { labels, a } = problem(60, 5);
  const rng = createRng(0);
  const drawn = { accuracy: [], recall: [], specificity: [], precision: [], f1: [], auc: [] } as Record<string, number[]>;
  for (let round = 0; round < RESAMPLES; round++) {
    const images = labels.map(() => rng.below(labels.length));
    const [l, x] = [images.map((i) => labels[i]), images.map((i) => a[i])];
    const {
      confusion: [[tn, fp], [fn, tp]],
    } = thresholdMetrics(l, x, 0);
    drawn.accuracy.push((tn + tp) / l.length);
    drawn.recall.push(tp / (tp + fn));
    drawn.specificity.push(tn / (tn + fp));
    drawn.precision.push(tp / (tp + fp));
    drawn.f1.push((2 * tp) / (2 * tp + fp + fn));
    drawn.auc.push(rocAucScore(l, x)!);
  }
  const found = bootstrapIntervals(labels, a) as Record<string, [number, number]>;
  for (const [figure, values] of Object.entries(drawn)) {
    values.sort((x, y) => x - y);
    // numpy.quantile(values, [0.025, 0.975]): positions 49.975 and 1949.025.
    close(found[figure][0], values[49] + 0.975 * (values[50] - values[49]), `${figure}, lower end`);
    close(found[figure][1], values[1949] + 0.025 * (values[1950] - values[1949]), `${figure}, upper end`);
  }
});

test("intervals contain the value, are deterministic, and null if undefined", () => {
  const { labels, a } = problem(624, 6, 6);
  const { accuracy, auc, intervals } = splitMetrics(labels, a);
  assert.equal(bootstrapIntervals(labels, a), intervals);
  for (const [value, [low, high]] of [
    [accuracy, intervals!.accuracy!],
    [auc!, intervals!.auc!],
  ] as const)
    assert.ok(low < value && value < high);
  // Normal approximation of a proportion: 1.96 standard deviations on either side.
  const half = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / 624);
  assert.ok(Math.abs(intervals!.accuracy![0] - (accuracy - half)) < 0.005);
  const one = bootstrapIntervals([1, 1, 1], [0.4, -0.3, 0.3]);
  assert.is(one.auc, null);
  assert.is(one.specificity, null);
  assert.equal(bootstrapIntervals([0], [-0.4]).accuracy, [1, 1]);
});

/** DeLong's variance by definition: compares each pair of a PNEUMONIA and a NORMAL image. */
function delongByPairs(labels: number[], a: number[], b: number[]) {
  const [x, y] = [1, 0].map((label) => [...labels.keys()].filter((i) => labels[i] === label));
  const psi = (p: number[], i: number, j: number) => (p[i] > p[j] ? 1 : p[i] === p[j] ? 0.5 : 0);
  const mean = (values: number[]) => values.reduce((s, v) => s + v, 0) / values.length;
  const v10 = [a, b].map((p) => x.map((i) => mean(y.map((j) => psi(p, i, j)))));
  const v01 = [a, b].map((p) => y.map((j) => mean(x.map((i) => psi(p, i, j)))));
  const [aucA, aucB] = v10.map(mean);
  const covariance = (u: number[], v: number[]) => {
    const [mu, mv] = [mean(u), mean(v)];
    return u.reduce((s, value, i) => s + (value - mu) * (v[i] - mv), 0) / (u.length - 1);
  };
  const s = (i: number, j: number) => covariance(v10[i], v10[j]) / x.length + covariance(v01[i], v01[j]) / y.length;
  return { difference: aucA - aucB, deviation: Math.sqrt(s(0, 0) + s(1, 1) - 2 * s(0, 1)) };
}

/** 2 (1 - Phi(z)) by Simpson's rule over the tail of the density. */
function tails(z: number): number {
  const steps = 20_000;
  const width = 12 / steps;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(z) + density(z + 12);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(z + i * width);
  return (2 * sum * width) / 3;
}

test("DeLong's test equals its definition", () => {
  for (const seed of [1, 2, 3]) {
    const { labels, a, b } = problem(80, seed, 1);
    const { difference, interval, pValue } = delong(labels, a, b)!;
    const wanted = delongByPairs(labels, a, b);
    const near = (found: number, value: number) => assert.ok(Math.abs(found - value) < 1e-12, `${found} instead of ${value}`);
    near(difference, wanted.difference);
    near(difference, rocAucScore(labels, a)! - rocAucScore(labels, b)!);
    near(interval[0], wanted.difference - 1.959963984540054 * wanted.deviation);
    near(interval[1], wanted.difference + 1.959963984540054 * wanted.deviation);
    near(pValue, tails(Math.abs(wanted.difference) / wanted.deviation));
    assert.equal(delong(labels, a, a), { difference: 0, interval: [0, 0], pValue: 1 });
    near(delong(labels, b, a)!.difference, -difference);
  }
  // More images than a call may have arguments.
  const many = Array.from({ length: 280_000 }, (_, i) => i % 2);
  assert.is(
    delong(
      many,
      many,
      many.map((label) => 1 - label),
    )!.difference,
    1,
  );
  assert.is(delong([1, 1, 0], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3]), null);
});

test("metrics are 0 if a denominator is 0", () => {
  assert.equal(
    rates([
      [0, 0],
      [0, 0],
    ]),
    {
      confusion: [
        [0, 0],
        [0, 0],
      ],
      accuracy: 0,
      recall: 0,
      specificity: 0,
      precision: 0,
      f1: 0,
    },
  );
});

test("recall by subtype counts PNEUMONIA images by file name", () => {
  const files = [
    "a/person1_virus_1.jpeg",
    "a/person2_bacteria_1.jpeg",
    "a/person2_bacteria_2.jpeg",
    "a/IM-1-1.jpeg",
    "a/odd.png",
  ];
  const { bySubtype } = splitMetrics([1, 1, 1, 0, 1], [0.4, -0.1, 0.3, 0.4, 0], files);
  assert.equal(bySubtype, { virus: { n: 1, found: 1 }, bacteria: { n: 2, found: 1 }, unknown: { n: 1, found: 0 } });
  assert.not.ok("bySubtype" in splitMetrics([1, 0], [0.4, -0.4]));
});

test.run();
