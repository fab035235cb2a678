// The metrics of a stress test, and false positives by block and by sharpness, on made-up images.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { splitMetrics } from "#pulmo/eval/metrics.js";
import { falsePositivesByBlock, falsePositivesBySharpness, type NormalImage, stressFigures } from "#pulmo/eval/stress-figures.js";
import { hash } from "../reference/formula.js";

const test = suite("stress figures");

test("metrics and intervals equal those of the split", () => {
  const labels = Array.from({ length: 60 }, (_, i) => (i < 20 ? 0 : 1));
  const logOdds = labels.map((label, i) => 2 * label - 1 + (hash(1, i) / 2 ** 32 - 0.5) * 6);
  const { auc, specificity, perClass, intervals } = splitMetrics(labels, logOdds);
  assert.equal(stressFigures(labels, logOdds), {
    auc: { value: auc, interval: intervals!.auc },
    recall: { value: perClass.PNEUMONIA.recall, interval: intervals!.recall },
    specificity: { value: specificity, interval: intervals!.specificity },
  });
});

test("metrics of an absent class are null", () => {
  assert.equal(stressFigures([1, 1], [3, -1]), { auc: null, recall: { value: 0.5, interval: [0, 1] }, specificity: null });
  assert.equal(stressFigures([0], [-1]), { auc: null, recall: null, specificity: { value: 1, interval: [1, 1] } });
});

/** A false positive if the number is odd. */
const numbered = (series: string, number: number, shot = 1): NormalImage => ({
  file: `test/NORMAL/${series}${String(number).padStart(4, "0")}-000${shot}.jpeg`,
  logOdds: number % 2 ? 1 : -1,
  sharpness: 0,
});

test("blocks contain neighbouring numbers of a series, about 30 images each", () => {
  const first = Array.from({ length: 44 }, (_, i) => numbered("IM-", 2 * i));
  const second = Array.from({ length: 60 }, (_, i) => numbered("NORMAL2-IM-", 9 * (i + 1)));
  assert.equal(falsePositivesByBlock([...second, ...first].reverse()), [
    { series: "IM-", from: 0, to: 86, n: 44, alarms: 0 },
    { series: "NORMAL2-IM-", from: 9, to: 270, n: 30, alarms: 15 },
    { series: "NORMAL2-IM-", from: 279, to: 540, n: 30, alarms: 15 },
  ]);
});

test("the images of a patient stay in one block", () => {
  const singles = [...Array(29).keys()].map((i) => numbered("IM-", i));
  const many = Array.from({ length: 10 }, (_, shot) => numbered("IM-", 29, shot));
  const rest = Array.from({ length: 21 }, (_, i) => numbered("IM-", 30 + i));
  assert.equal(
    falsePositivesByBlock([...rest, ...many, ...singles]).map(({ from, to, n }) => [from, to, n]),
    [
      [0, 29, 39],
      [30, 50, 21],
    ],
  );
});

test("images without a number in their name are in no block", () => {
  const nameless = { file: "test/NORMAL/synthetic-0001.jpeg", logOdds: 1, sharpness: 0 };
  assert.equal(falsePositivesByBlock([nameless]), []);
  assert.equal(
    falsePositivesByBlock([nameless, numbered("IM-", 7)]).map(({ n }) => n),
    [1],
  );
});

test("quartiles by sharpness differ by at most one image; fewer images give fewer groups", () => {
  const images = [5, 3, 9, 1, 7, 2, 8, 4, 6].map((sharpness) => ({
    file: `${sharpness}`,
    sharpness,
    logOdds: sharpness > 5 ? 1 : -1,
  }));
  assert.equal(falsePositivesBySharpness(images), [
    { from: 1, to: 3, n: 3, alarms: 0 },
    { from: 4, to: 5, n: 2, alarms: 0 },
    { from: 6, to: 7, n: 2, alarms: 2 },
    { from: 8, to: 9, n: 2, alarms: 2 },
  ]);
  assert.equal(
    falsePositivesBySharpness(images.slice(0, 2)).map(({ from, n }) => [from, n]),
    [
      [3, 1],
      [5, 1],
    ],
  );
  assert.equal(falsePositivesBySharpness([]), []);
});

test.run();
