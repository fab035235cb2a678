// Conformal decisions: against the definition with exact fractions, and the coverage that theory promises.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import { CLASSES, type Label } from "#pulmo/data/types.js";
import {
  type Conformal,
  checkConformal,
  conformalText,
  decide,
  decisions,
  fitConformal,
  imagesFor,
  MOST_SCORES,
  parseConformal,
  pValue,
  smallestRate,
} from "#pulmo/eval/conformal.js";
import { reviewFigures, reviewResults } from "#pulmo/eval/review.js";
import { wilson } from "#pulmo/eval/wilson.js";

const test = suite("conformal decisions");
const rng = createRng(11, 0);

/** Scores of 0 are of NORMAL, around -2; of 1 around 2. With few digits, many are tied. */
function examples(n: number, digits = 9): { labels: Label[]; logOdds: number[] } {
  const labels = Array.from({ length: n }, () => rng.below(2) as Label);
  return { labels, logOdds: labels.map((label) => Number(((label === 1 ? 2 : -2) + 2 * rng.normal()).toFixed(digits))) };
}

/** p of a class as [numerator, denominator], by counting. */
function counted(scores: readonly number[], label: Label, x: number): [number, number] {
  const worse = scores.filter((s) => (label === 0 ? s >= x : s <= x)).length;
  return [worse + 1, scores.length + 1];
}

const scoresOf = ({ labels, logOdds }: ReturnType<typeof examples>, label: Label) =>
  logOdds.filter((_, i) => labels[i] === label);

test("p and the decision are those of counting, with ties", () => {
  for (const digits of [0, 1, 9]) {
    const conformal = fitConformal(...(Object.values(examples(300, digits)) as [Label[], number[]]))!;
    const kept = conformal.map(({ logOdds }) => logOdds);
    const tied = [...kept[0].slice(0, 40), ...kept[1].slice(0, 40)];
    for (const x of [...examples(200, digits).logOdds, ...tied, -100, 100]) {
      const [p0, p1] = ([0, 1] as const).map((label) => counted(kept[label], label, x));
      assert.is(pValue(conformal, 0, x), p0[0] / p0[1]);
      assert.is(pValue(conformal, 1, x), p1[0] / p1[1]);
      for (const percent of [1, 5, 10, 20, 50, 90]) {
        // In whole numbers, so that no rounding decides.
        const plausible = [p0, p1].map(([k, n]) => 100 * k > percent * n);
        const larger = p0[0] * p1[1] - p1[0] * p0[1];
        const expected =
          plausible[0] && plausible[1]
            ? undefined
            : plausible[0] !== plausible[1]
              ? plausible[0]
                ? 0
                : 1
              : larger === 0
                ? undefined
                : larger > 0
                  ? 0
                  : 1;
        assert.is(decide(conformal, percent / 100, x), expected);
      }
    }
  }
});

test("kept scores fit no better than the images, and the same images give the same p up to 0.0001 of log-odds", () => {
  const given = examples(400);
  const conformal = fitConformal(given.labels, given.logOdds)!;
  for (const label of [0, 1] as const) {
    const exact = scoresOf(given, label);
    for (const x of [...given.logOdds, ...examples(300).logOdds]) {
      const p = pValue(conformal, label, x);
      const slack = label === 0 ? -1.1e-4 : 1.1e-4;
      const [[k, n], [more]] = [counted(exact, label, x), counted(exact, label, x + slack)];
      assert.ok(p >= k / n && p <= more / n, `${p} of ${k} to ${more} / ${n}`);
    }
  }
});

test("of many images few scores are kept, and p is never smaller for it", () => {
  const given = examples(9000);
  const conformal = fitConformal(given.labels, given.logOdds)!;
  for (const label of [0, 1] as const) {
    const exact = scoresOf(given, label);
    assert.is(conformal[label].n, exact.length);
    assert.is(conformal[label].logOdds.length, MOST_SCORES);
    for (const x of examples(300).logOdds) {
      const [k, n] = counted(exact, label, x);
      const p = pValue(conformal, label, x);
      assert.ok(p >= k / n && p <= k / n + 2 / MOST_SCORES, `${p}, exactly ${k / n}`);
    }
  }
  assert.ok(conformalText(conformal).length < 25_000);
});

test("a validation image among the others is compared with the others only", () => {
  const given = examples(200, 1);
  const conformal = fitConformal(given.labels, given.logOdds)!;
  given.logOdds.forEach((x, i) => {
    const label = given.labels[i];
    const others = fitConformal(
      given.labels.filter((_, j) => j !== i),
      given.logOdds.filter((_, j) => j !== i),
    )!;
    assert.is(pValue(conformal, label, x, true), pValue(others, label, x));
    assert.is(decide(conformal, 0.1, x, label), decide(others, 0.1, x));
  });
});

/**
 * The number of wrong decisions among `trials` new images, each with a new validation set, is at most binomial(trials, e) in the usual order of
 * distributions: 5 standard deviations above trials * e are exceeded with a probability below 1e-6.
 */
test("new images like the validation images are decided wrongly at most as often as promised, by class", () => {
  const TRIALS = 2000;
  for (const [errorRate, n, digits] of [
    [0.05, 39, 9],
    [0.1, 60, 1],
    [0.2, 25, 0],
    [0.5, 9, 9],
  ]) {
    const wrong = [0, 0];
    let review = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const draw = (label: Label) => Number(((label === 1 ? 1 : -1) + 1.5 * rng.normal()).toFixed(digits));
      const labels = Array.from({ length: 2 * n }, (_, i) => (i % 2) as Label);
      const conformal = fitConformal(labels, labels.map(draw))!;
      for (const label of [0, 1] as const) {
        const decision = decide(conformal, errorRate, draw(label));
        if (decision === undefined) review++;
        else if (decision !== label) wrong[label]++;
      }
    }
    const most = TRIALS * errorRate + 5 * Math.sqrt(TRIALS * errorRate * (1 - errorRate));
    for (const found of wrong) assert.ok(found <= most, `${found} wrong of ${TRIALS} at ${errorRate}`);
    // Not by sending everything to review: without ties, (floor(e (n + 1)) / (n + 1)) of each class are excluded.
    if (digits === 9 && errorRate < 0.5) {
      assert.ok(review < 2 * TRIALS);
      const exact = Math.floor(errorRate * (n + 1)) / (n + 1);
      const least = TRIALS * exact - 5 * Math.sqrt(TRIALS * exact * (1 - exact));
      for (const found of wrong) assert.ok(found >= least, `${found} wrong of ${TRIALS} at ${errorRate}`);
    }
  }
});

test("a higher error rate never sends more images to review", () => {
  const { labels, logOdds } = examples(500, 2);
  const conformal = fitConformal(labels, logOdds)!;
  const shares = Array.from({ length: 99 }, (_, i) => {
    const { NORMAL, PNEUMONIA } = reviewFigures(conformal, (i + 1) / 100, { labels, logOdds });
    return NORMAL.review + PNEUMONIA.review;
  });
  for (let i = 1; i < shares.length; i++) assert.ok(shares[i] <= shares[i - 1]);
  assert.ok(shares[0] > 100 && shares[98] < 20, shares.join());
});

const balanced = (n: number): Conformal =>
  fitConformal(
    Array.from({ length: 2 * n }, (_, i) => i % 2),
    Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? -1 : 1) * (i + 1)),
  )!;

test("an error rate needs as many images as make p small enough, and is refused with fewer", () => {
  for (let percent = 1; percent < 100; percent++) {
    const fewest = Array.from({ length: 100 }, (_, n) => n).find((n) => 100 <= percent * (n + 1));
    assert.is(imagesFor(percent / 100), fewest, `${percent} %`);
  }
  const decideBy = decisions(balanced(19), 0.05, CLASSES);
  assert.equal(
    [-100, 0, 100].map(decideBy),
    ["NORMAL", "REVIEW", "PNEUMONIA"].map((name, i) => (i === 1 ? decideBy(0) : name)),
  );
  const message = (...given: Parameters<typeof decisions>) => {
    try {
      decisions(...given);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  assert.is(
    message(balanced(18), 0.05, CLASSES),
    "An error rate of 0.05 needs 19 validation images of each class, but the model has 18 of NORMAL: give an error rate of 0.053 or more, or train with more validation images (see --val-split).",
  );
  assert.is(smallestRate(balanced(18)), 1 / 19);
  const [normal] = balanced(50);
  assert.match(message([normal, { n: 0, logOdds: [] }], 0.5, ["OK", "ILL"]), /the model has 0 of ILL: train with more/);
  assert.match(
    message(undefined, 0.05, CLASSES),
    /needs the scores of validation images, which the model file does not contain: train/,
  );
  for (const rate of [0, 1, -1, NaN, 2]) assert.match(message(balanced(50), rate, CLASSES), /give a number between 0 and 1/);
  assert.match(message(balanced(50), 0.5, ["OK", "REVIEW"]), /has a class REVIEW/);
});

test("text keeps the scores; damaged text is refused", () => {
  const conformal = fitConformal([0, 1, 1, 0, 1], [-1.25, 3, 0.125, 2, 2])!;
  assert.equal(conformal, [
    { n: 2, logOdds: [2.0001, -1.2499] },
    { n: 3, logOdds: [0.1249, 1.9999, 2.9999] },
  ]);
  assert.equal(parseConformal(conformalText(conformal)), conformal);
  const [normal, pneumonia] = conformal;
  for (const bad of [
    null,
    {},
    [normal],
    [normal, null],
    [normal, { ...pneumonia, n: 2 }],
    [normal, { ...pneumonia, n: 3.5 }],
    [normal, { ...pneumonia, logOdds: [1.9999, 0.1249, 2.9999] }],
    [normal, { ...pneumonia, logOdds: [0.1249, null, 2.9999] }],
    [normal, { ...pneumonia, logOdds: "123" }],
    [{ n: -1, logOdds: [] }, pneumonia],
  ]) {
    assert.throws(() => checkConformal(bad), /scores of validation images are not usable/);
  }
  assert.throws(() => parseConformal(" ".repeat(2 ** 17)), /not usable/);
  assert.is(fitConformal([], []), undefined);
  assert.is(fitConformal([0, 1], [NaN, 1]), undefined);
});

test("figures count by class; rates without enough validation images have none", () => {
  const val = {
    labels: [...Array(40)].map((_, i) => i % 2),
    logOdds: [...Array(40)].map((_, i) => (i % 2 === 0 ? -1 : 1) * (i - 3)),
  };
  const testing = { labels: [0, 0, 1, 1, 1], logOdds: [-30, 2, 30, 1, -60] };
  const found = reviewResults(val, testing)!;
  assert.equal(found.validation, { NORMAL: 20, PNEUMONIA: 20 });
  assert.equal(
    found.rates.map(({ errorRate, needed, val, test }) => [errorRate, needed, val !== null, test !== null]),
    [
      [0.01, 99, false, false],
      [0.02, 49, false, false],
      [0.05, 19, true, true],
      [0.1, 9, true, true],
      [0.2, 4, true, true],
    ],
  );
  const { NORMAL, PNEUMONIA } = found.rates[2].test!;
  assert.equal([NORMAL.n, NORMAL.review, NORMAL.wrong], [2, 1, 0]);
  assert.equal([PNEUMONIA.n, PNEUMONIA.review, PNEUMONIA.wrong], [3, 1, 1]);
  assert.equal(PNEUMONIA.intervals.wrongOfDecided, wilson(1, 2));
});

// scipy.stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
test("Wilson's interval is scipy's", () => {
  const near = (found: readonly number[] | null, expected: number[]) =>
    expected.forEach((x, i) => assert.ok(Math.abs(found![i] - x) < 1e-12, `${found}`));
  near(wilson(5, 234), [0.009160640480243981, 0.04903551627613144]);
  near(wilson(0, 20), [0, 0.16112515805281935]);
  near(wilson(20, 20), [0.8388748419471808, 1]);
  assert.is(wilson(0, 0), null);
});
test.run();
