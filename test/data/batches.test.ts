import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRng, splitmix64, xoshiro128 } from "#pulmo/core/rng.js";
import { balancedOrder, epochOrder } from "#pulmo/data/batches.js";

test("xoshiro128** gives the reference numbers", () => {
  const next = xoshiro128(Uint32Array.of(1, 2, 3, 4));
  // xoshiro128starstar.c 1.1, compiled, from the state { 1, 2, 3, 4 }.
  const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
  assert.equal(expected.map(next), expected);
});

test("splitmix64 gives the reference numbers", () => {
  assert.equal(splitmix64(1234567n, 3), [6457827717110365317n, 3203168211198807973n, 9817491932198370423n]);
});

test("an order is a permutation that depends on epoch and seed, and is reproducible", () => {
  for (const n of [0, 1, 2, 33, 5216]) {
    const order = epochOrder(n, 0, 0);
    assert.equal(
      order.slice().sort(),
      Uint32Array.from({ length: n }, (_, i) => i),
    );
    assert.equal(order, epochOrder(n, 0, 0));
  }
  assert.is.not(epochOrder(33, 0, 0).join(), epochOrder(33, 0, 1).join());
  assert.is.not(epochOrder(33, 0, 1).join(), epochOrder(33, 1, 0).join());
});

test("a balanced order has the same length, equal classes, and uniform draws within a class", () => {
  const labels = Uint8Array.from({ length: 4000 }, (_, i) => (i % 4 === 0 ? 0 : 1));
  const order = balancedOrder(labels, 3, 1);
  assert.is(order.length, 4000);
  assert.equal(order, balancedOrder(labels, 3, 1));
  assert.is.not(order.join(), balancedOrder(labels, 3, 2).join());
  const normal = order.filter((row) => labels[row] === 0);
  // Three standard deviations of 4,000 fair draws.
  assert.ok(Math.abs(normal.length - 2000) < 95, `${normal.length} of 4000`);
  // Of 1,000 images each is left out with a probability of 1/e^2.
  assert.ok(Math.abs(new Set(normal).size - 865) < 35, `${new Set(normal).size} different ones`);
  assert.equal(
    [...balancedOrder([1, 1, 1], 0, 0)].every((row) => row < 3),
    true,
  );
});

test("all permutations of four are equally likely", () => {
  const counts = new Map<string, number>();
  const draws = 24_000;
  for (let epoch = 0; epoch < draws; epoch++) {
    const order = epochOrder(4, 7, epoch).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.is(counts.size, 24);
  // Chi-square with 23 degrees of freedom exceeds 49.7 once in a thousand.
  const expected = draws / 24;
  const chiSquare = [...counts.values()].reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
  assert.ok(chiSquare < 49.7, `chi-square ${chiSquare}`);
});

test("uniform and normal have the right moments", () => {
  const rng = createRng(3);
  const n = 100_000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((a, b) => a + b) / n;
    return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / n, values };
  };
  // Four standard errors: of a mean sigma / sqrt(n), of a variance sigma^2 sqrt((kurtosis - 1) / n).
  const uniform = moments(rng.uniform);
  assert.ok(uniform.values.every((u) => u >= 0 && u < 1));
  assert.ok(Math.abs(uniform.mean - 0.5) < 4 * Math.sqrt(1 / 12 / n));
  assert.ok(Math.abs(uniform.variance - 1 / 12) < (4 / 12) * Math.sqrt(0.8 / n));
  const normal = moments(rng.normal);
  assert.ok(Math.abs(normal.mean) < 4 / Math.sqrt(n));
  assert.ok(Math.abs(normal.variance - 1) < 4 * Math.sqrt(2 / n));
});

test.run();
