import { test } from "uvu";
import * as assert from "uvu/assert";
import { groupMetrics } from "#pulmo/eval/groups.js";

// Scores below 0 or above 1, so that they have the same side of the threshold as probabilities and as log-odds.
const LOW = -2;
const HIGH = 2;

test("metrics of each group, by name; null if a class is absent", () => {
  const rows: [label: number, score: number, group: string | undefined][] = [
    [1, HIGH, "b"],
    [1, LOW, "b"],
    [0, LOW, "b"],
    [0, HIGH, "a"],
    [0, LOW, "a"],
    [1, HIGH, undefined],
    [1, HIGH, "c"],
    [1, LOW, "c"],
  ];
  const column = <K extends 0 | 1 | 2>(k: K) => rows.map((row) => row[k]);
  assert.equal(groupMetrics(column(0), column(1), column(2)), [
    { group: "a", n: 2, accuracy: 1 / 2, recall: null, specificity: 1 / 2, auc: null },
    // Pairs of PNEUMONIA and NORMAL: one in the correct order, one tied.
    { group: "b", n: 3, accuracy: 2 / 3, recall: 1 / 2, specificity: 1, auc: 3 / 4 },
    { group: "c", n: 2, accuracy: 1 / 2, recall: 1 / 2, specificity: null, auc: null },
  ]);
});

test("groups are in natural order, and decisions are made at the threshold", () => {
  const groups = ["ward 10", "Ward 1", "ward 2", "ward 2", "10", "2"];
  const found = groupMetrics([1, 1, 1, 0, 1, 1], [1, 1, 1, 0.25, 1, 1], groups, { threshold: 0.5 });
  assert.equal(
    found.map(({ group }) => group),
    ["2", "10", "Ward 1", "ward 2", "ward 10"],
  );
  assert.is(found[3].accuracy, 1);
});

test("no groups give no metrics; names may be those of Object.prototype", () => {
  assert.equal(groupMetrics([0, 1], [LOW, HIGH], [undefined, undefined]), []);
  assert.equal(
    groupMetrics([0, 1], [LOW, HIGH], ["__proto__", "constructor"]).map(({ group }) => group),
    ["__proto__", "constructor"],
  );
});

test.run();
