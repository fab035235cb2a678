// Fits for another hospital, against brute force and scikit-learn's conditions of optimality.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { fitAffine, fitLastLayer, fitThreshold, patientFolds } from "#pulmo/eval/adaptation.js";
import { adaptationFigures } from "#pulmo/eval/adaptation-figures.js";
import { ADAPTATIONS, adapted, type Chosen, chooseAdaptation } from "#pulmo/eval/choose-adaptation.js";
import { fitConformal } from "#pulmo/eval/conformal.js";
import { bootstrapIntervals } from "#pulmo/eval/intervals.js";
import { crossEntropy, probability } from "#pulmo/eval/log-odds.js";
import { reviewFigures } from "#pulmo/eval/review.js";
import { rocAucScore } from "#pulmo/eval/roc.js";
import { thresholdMetrics } from "#pulmo/eval/thresholds.js";

const test = suite("adaptation");
const rng = createRng(6, 0);

/** Log-odds that are right for their labels, before they were distorted. */
function calibrated(n: number): { labels: number[]; x: number[] } {
  const x = Array.from({ length: n }, () => 2 * rng.normal());
  return { x, labels: x.map((value) => Number(rng.uniform() < probability(value))) };
}

test("scale and offset undo a distortion, and nothing fits better", () => {
  const { labels, x } = calibrated(4000);
  const shifted = x.map((value) => (value - 1) / 0.5);
  const { scale, offset } = fitAffine(labels, shifted);
  assert.ok(Math.abs(scale - 0.5) < 0.05 && Math.abs(offset - 1) < 0.15, `${scale} ${offset}`);
  const positive = labels.reduce((a, b) => a + b, 0);
  const [high, low] = [(positive + 1) / (positive + 2), 1 / (labels.length - positive + 2)];
  const loss = (a: number, b: number) =>
    labels.reduce((sum, label, i) => {
      const p = probability(a * shifted[i] + b);
      const t = label ? high : low;
      return sum - t * Math.log(p) - (1 - t) * Math.log(1 - p);
    }, 0);
  const best = loss(scale, offset);
  for (const [da, db] of [
    [1e-3, 0],
    [-1e-3, 0],
    [0, 1e-3],
    [0, -1e-3],
  ]) {
    assert.ok(loss(scale + da, offset + db) > best);
  }
});

test("separated classes, one class and constant scores give finite values", () => {
  for (const [labels, x] of [
    [
      [0, 0, 1, 1],
      [-3, -2, 2, 3],
    ],
    [
      [1, 1, 1],
      [0, 1, 2],
    ],
    [
      [0, 1, 1],
      [1, 1, 1],
    ],
  ]) {
    const { scale, offset } = fitAffine(labels, x);
    assert.ok(Number.isFinite(scale) && scale > 0 && Number.isFinite(offset), `${scale} ${offset}`);
  }
});

test("the last layer's change has a gradient of zero, and finds what the features tell", () => {
  const [n, width, ridge] = [300, 8, 0.05];
  const features = Float64Array.from({ length: n * width }, () => 3 + 2 * rng.normal());
  const truth = [1, -1, 0.5, 0, 0, 0, 0, 0];
  const logOdds = Float64Array.from({ length: n }, () => rng.normal());
  const dot = (i: number, w: ArrayLike<number>) =>
    Array.from(w).reduce((sum, value, j) => sum + value * features[i * width + j], 0);
  const labels = Array.from({ length: n }, (_, i) => Number(rng.uniform() < probability(logOdds[i] + dot(i, truth) - 1.5)));
  const { weights, offset } = fitLastLayer({ labels, logOdds, features, width }, ridge);
  const error = labels.map((label, i) => probability(logOdds[i] + offset + dot(i, weights)) - label);
  assert.ok(Math.abs(error.reduce((a, b) => a + b, 0) / n) < 1e-6);
  for (let j = 0; j < width; j++) {
    const column = Array.from({ length: n }, (_, i) => features[i * width + j]);
    const mean = column.reduce((a, b) => a + b, 0) / n;
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    const gradient = error.reduce((sum, e, i) => sum + e * column[i], 0) / n + ridge * variance * weights[j];
    assert.ok(Math.abs(gradient) < 1e-6, `${j}: ${gradient}`);
  }
  assert.ok(weights[0] > 0.3 && weights[1] < -0.3);
});

test("folds keep a patient together and spread each class", () => {
  const patients = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? undefined : `${Math.floor(i / 4)}`));
  const labels = patients.map((_, i) => Number(i >= 60));
  const folds = patientFolds(labels, patients, 5);
  const of = new Map<string, number>();
  patients.forEach((patient, i) => {
    if (patient === undefined) return;
    assert.is(of.get(patient) ?? folds[i], folds[i]);
    of.set(patient, folds[i]);
  });
  for (const label of [0, 1]) {
    const counts = [0, 0, 0, 0, 0];
    labels.forEach((own, i) => own === label && counts[folds[i]]++);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 4, String(counts));
  }
});

/** Images with log-odds and features that tell more than those do. */
function hospital(n: number, distort: (x: number) => number, told = 0) {
  const { labels, x } = calibrated(n);
  const width = 6;
  const values = Float64Array.from({ length: n * width }, () => rng.normal());
  const seen = x.map((value, i) => value - told * values[i * width]);
  return {
    images: {
      labels,
      logOdds: seen.map(distort),
      patients: labels.map((_, i) => `${Math.floor(i / 2)}`),
      features: { values, width },
    },
  };
}

const takenOf = ({ trials }: Chosen) => trials.filter(({ taken }) => taken).map(({ adaptation }) => adaptation);

test("each kind of shift is answered by its fit", () => {
  assert.ok(takenOf(chooseAdaptation(hospital(600, (x) => (x - 2) / 0.4).images, 0)).includes("scale"));
  assert.ok(takenOf(chooseAdaptation(hospital(600, (x) => x, 2).images, 0)).includes("last-layer"));
  const few = chooseAdaptation(hospital(26, (x) => x + 6).images, 0);
  assert.ok(few.trials.some((trial) => "tooFew" in trial && trial.adaptation === "last-layer" && trial.tooFew === 50));
});

/** Of images after the chosen fits: the mean cross-entropy, and the balanced accuracy at the threshold. */
function figuresOf({ labels, logOdds, features: { values, width } }: ReturnType<typeof hospital>["images"], chosen?: Chosen) {
  const after = logOdds.map((x, i) => (chosen ? adapted(chosen, x, values.subarray(i * width, (i + 1) * width)) : x));
  const { recall, specificity } = thresholdMetrics(labels, after, chosen?.threshold ?? 0);
  return { loss: crossEntropy(labels, after), balanced: (recall + specificity) / 2 };
}

test("without a shift, each fit is taken as rarely as chance allows, and new images fare no worse", () => {
  const rounds = 50;
  const errorRate = 0.1;
  const fresh = hospital(500, (x) => x).images;
  const before = figuresOf(fresh);
  const taken: string[] = [];
  const worse = { loss: 0, balanced: 0 };
  const wrong = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const { images } = hospital(200, (x) => x);
    const chosen = chooseAdaptation(images, 0);
    taken.push(...takenOf(chosen));
    const after = figuresOf(fresh, chosen);
    worse.loss += (after.loss - before.loss) / rounds;
    worse.balanced += (before.balanced - after.balanced) / rounds;
    const conformal = fitConformal(images.labels, chosen.crossValidated.logOdds)!;
    const scores = fresh.logOdds.map((x, i) => adapted(chosen, x, fresh.features.values.subarray(6 * i, 6 * i + 6)));
    const { NORMAL, PNEUMONIA } = reviewFigures(conformal, errorRate, { labels: fresh.labels, logOdds: scores });
    [NORMAL, PNEUMONIA].forEach((found, k) => (wrong[k] += found.wrong / found.n / rounds));
  }
  // Each fit in 2.5% of the rounds: 6 are exceeded once in 3,000 times.
  for (const adaptation of ADAPTATIONS) {
    const count = taken.filter((one) => one === adaptation).length;
    assert.ok(count <= 6, `${adaptation} in ${count} of ${rounds} rounds`);
  }
  // A fit to 200 images costs about parameters / (2 n) of cross-entropy, 0.02 with 8 parameters; here it is taken in few rounds.
  assert.ok(worse.loss < 0.002, `cross-entropy ${worse.loss}`);
  assert.ok(worse.balanced < 0.003, `balanced accuracy ${worse.balanced}`);
  // The new scores keep the error rate: with the fresh images' own chance, a standard error of 0.02.
  for (const share of wrong) assert.ok(share < errorRate + 0.04, `${share} decided wrongly`);
});

test("images of few patients are few, however many they are", () => {
  const { images } = hospital(200, (x) => x + 6);
  const patients = images.labels.map((label, i) => `${label} ${i % 12}`);
  const { trials } = chooseAdaptation({ ...images, patients }, 0);
  assert.equal(
    trials.map((trial) => [trial.adaptation, "tooFew" in trial && trial.tooFew]),
    [
      ["threshold", false],
      ["scale", 20],
      ["last-layer", 50],
    ],
  );
});

test("without a fitted threshold there is none; one that no probability states is not fitted", () => {
  const labels = Array.from({ length: 24 }, (_, i) => i % 2);
  const logOdds = labels.map((label, i) => (label ? 1 : -1) * (1 + i));
  const patients = labels.map(() => undefined);
  assert.is(chooseAdaptation({ labels, logOdds, patients }, 0.1).threshold, undefined);
  const far = logOdds.map((x) => x + 400);
  const { threshold } = chooseAdaptation({ labels: labels.slice(0, 24), logOdds: far, patients }, 0);
  assert.is(fitThreshold(labels, far, 0), 36);
  assert.ok(threshold === undefined || probability(threshold) < 1);
});

test("intervals resample patients: a second image that is the same changes nothing", () => {
  const { labels, x } = calibrated(80);
  const twice = (values: number[]) => values.flatMap((value) => [value, value]);
  const pairs = labels.map((_, i) => [2 * i, 2 * i + 1]);
  const once = bootstrapIntervals(labels, x);
  assert.equal(bootstrapIntervals(twice(labels), twice(x), { patients: pairs }), once);
  assert.not.equal(bootstrapIntervals(twice(labels), twice(x)), once);
});

test("the figures are those of the scores, with decisions at each image's threshold", () => {
  const { images } = hospital(400, (x) => (x - 2) / 0.4);
  const { labels, patients } = images;
  const logOdds = Float64Array.from(images.logOdds);
  const chosen = chooseAdaptation(images, 0.2);
  const { crossValidated: after } = chosen;
  const conformal = fitConformal(labels, after.logOdds);
  const found = adaptationFigures({
    images: labels.map((label, i) => ({ file: `${i}.png`, label: label as 0 | 1 })),
    ...{ patients, classes: ["clear", "ill"], logOdds, chosen, threshold: 0.2, thresholds: { before: 0.55, after: 0.4 } },
    ...{ conformal: { before: undefined, after: conformal }, unusual: [{ file: "0.png" }] },
    refitted: { unusual: true, conformal: true },
  });
  assert.equal([found.images, found.patients, found.unusual], [400, 200, 1]);
  assert.is(found.before.auc, rocAucScore(labels, logOdds));
  assert.is(found.after.auc, rocAucScore(labels, after.ranking));
  assert.equal(after.ranking, takenOf(chosen).includes("last-layer") ? after.ranking : logOdds);
  const right = (scores: Float64Array, cut: (i: number) => number) =>
    labels.filter((label, i) => Number(scores[i] > cut(i)) === label).length / labels.length;
  assert.is(
    found.before.accuracy,
    right(logOdds, () => 0.2),
  );
  assert.is(
    found.after.accuracy,
    right(after.logOdds, (i) => after.thresholds[i]),
  );
  // Calibration is of the probabilities, whatever the threshold.
  const brier = (scores: Float64Array) => labels.reduce((sum, label, i) => sum + (probability(scores[i]) - label) ** 2, 0) / 400;
  assert.ok(Math.abs(found.before.brier - brier(logOdds)) < 1e-12 && Math.abs(found.after.brier - brier(after.logOdds)) < 1e-12);
  assert.ok(found.after.brier < found.before.brier);
  assert.ok(found.review.every(({ before, after, needed }) => before === null && (after !== null || needed > 100)));
});

test("applied to its own images, the chosen fit gives what the parts say", () => {
  const { images } = hospital(600, (x) => (x - 2) / 0.4, 2);
  const chosen = chooseAdaptation(images, 0);
  const { lastLayer, affine } = chosen;
  const row = images.features.values.subarray(0, 6);
  let x = images.logOdds[0];
  if (lastLayer) x += lastLayer.offset + lastLayer.weights.reduce((sum, w, j) => sum + w * row[j], 0);
  if (affine) x = affine.scale * x + affine.offset;
  assert.is(adapted(chosen, images.logOdds[0], row), x);
});

test.run();
