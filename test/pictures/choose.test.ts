import { suite } from "uvu";
import * as assert from "uvu/assert";
import { scoreOf } from "#pulmo/eval/log-odds.js";
import type { PredictionRow } from "#pulmo/eval/predictions.js";
import { chooseErrors, chooseExamples } from "#pulmo/pictures/choose.js";

const test = suite("pictures: choice");

const rowsOf = (...rows: [label: 0 | 1, logOdds: number][]): PredictionRow[] =>
  rows.map(([label, logOdds], i) => ({ file: `${i}.jpeg`, label, ...scoreOf(logOdds) }));
const repeat = (count: number, label: 0 | 1, logOdds: (i: number) => number) =>
  Array.from({ length: count }, (_, i): [0 | 1, number] => [label, logOdds(i)]);

test("errors: wrong predictions, most confident first, ties in the order of rows; log-odds of 0 are NORMAL", () => {
  const rows = rowsOf([0, 0], [1, 0], [0, 0.1], [1, -2], [0, 2], [1, 2], [0, -2], [0, 3]);
  assert.equal(chooseErrors(rows), [7, 3, 4, 2, 1]);
});

test("errors: most confident first, also if p is 1 in float64", () => {
  assert.equal(chooseErrors(rowsOf([0, 50], [0, 70], [0, 60])), [1, 2, 0]);
});

test("errors: at most twelve of a kind", () => {
  const rows = rowsOf(...repeat(20, 0, (i) => 1 + i / 100), ...repeat(3, 1, () => -0.4));
  const chosen = chooseErrors(rows);
  assert.equal(chosen, [19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 20, 21, 22]);
});

test("examples: two true negatives, true positives, false negatives and false positives each", () => {
  const kinds = [repeat(5, 0, (i) => i - 9), repeat(5, 1, (i) => 9 - i), repeat(5, 1, (i) => i - 9), repeat(5, 0, (i) => 9 - i)];
  assert.equal(chooseExamples(rowsOf(...kinds.flat())), [0, 1, 5, 6, 10, 11, 15, 16]);
});

test("examples: other kinds take the places of a kind with too few", () => {
  const rows = rowsOf(...repeat(9, 0, () => -2), ...repeat(4, 1, () => 2), [1, -1]);
  assert.equal(chooseExamples(rows), [0, 1, 2, 3, 9, 10, 11, 13]);
  assert.equal(chooseExamples(rows.slice(0, 3)), [0, 1, 2]);
  assert.equal(chooseExamples([]), []);
});

test.run();
