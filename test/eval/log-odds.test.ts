import { test } from "uvu";
import * as assert from "uvu/assert";
import { logOddsOf, probability } from "#pulmo/eval/log-odds.js";

/** Rounding errors of e^x (within one unit in V8), of the sum and of the quotient. */
const FLOAT64 = 2 ** -51;

test("the probability of log-odds, also far from 0", () => {
  // Python's decimal, 40 digits: 1 / (1 + (-x).exp())
  const wanted: [number, number][] = [
    [0, 0.5],
    [2, 0.8807970779778825],
    [-2, 0.11920292202211755],
    [1e-9, 0.50000000025],
    [17.3, 0.999999969330588],
    [-40, 4.248354255291589e-18],
    [-700, 9.85967654375977e-305],
    [40, 1],
    [1e30, 1],
    [-1e30, 0],
    [Infinity, 1],
    [-Infinity, 0],
  ];
  for (const [x, p] of wanted) assert.ok(Math.abs(probability(x) - p) <= FLOAT64 * p, `${x}: ${probability(x)}, not ${p}`);
  assert.ok(Number.isNaN(probability(NaN)));
});

test("p rounds to 1 from the log-odds that the source states", () => {
  assert.equal(
    [17.3, 17.4].map((x) => Math.fround(probability(x)) === 1),
    [false, true],
  );
  assert.equal(
    [36.7, 36.8].map((x) => probability(x) === 1),
    [false, true],
  );
});

test("log-odds of p and back", () => {
  assert.equal([0.5, 0, 1].map(logOddsOf), [0, -745, 745]);
  assert.equal(
    [0, 1].map((p) => probability(logOddsOf(p))),
    [0, 1],
  );
  for (const p of [0.1, 0.25, 0.7, 0.999]) {
    assert.ok(Math.abs(probability(logOddsOf(p)) - p) <= 2 * FLOAT64, `${p}`);
    assert.ok(Math.abs(logOddsOf(p) + logOddsOf(1 - p)) <= 1e-13, `${p} and ${1 - p}`);
  }
});

test("log-odds of p are finite and increase with p, from the ends of float32 to those of float64", () => {
  const p = [0, 2 ** -1074, 2 ** -149, 2 ** -126, 0.25, 0.5, 0.75, 1 - 2 ** -24, 1 - 2 ** -53, 1];
  const found = p.map(logOddsOf);
  found.forEach((logOdds, i) => {
    assert.ok(Number.isFinite(logOdds) && (i === 0 || logOdds > found[i - 1]), `p ${p[i]}: ${logOdds}`);
    // The rounding of log-odds, half of 2^-43 at the largest, is the relative error of p; e^x overflows from 2^1024 on.
    assert.ok(Math.abs(probability(logOdds) - p[i]) <= 2 ** -43 * p[i] + 2 ** -1024, `p ${p[i]}`);
  });
});

test.run();
