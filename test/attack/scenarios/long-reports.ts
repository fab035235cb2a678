// metrics.json of runs that were very long, or of very many images.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { extent } from "d3-array";
import * as assert from "uvu/assert";
import { rates } from "#pulmo/eval/thresholds.js";
import { evenly, thinned } from "#pulmo/report/thin.js";
import { writeReport } from "#pulmo/report/write.js";
import { filesBelow } from "../../commands/cli.js";
import { temporaryFolder } from "../../data/places.js";
import { type Sample, sampleRun } from "../../report/sample.js";
import type { Scenario } from "../scenarios.js";

const MOST_BYTES = 2e6;

/** Returns the page. */
async function smallReport(results: Sample["results"]): Promise<string> {
  const folder = temporaryFolder();
  await writeReport(folder, results);
  for (const file of filesBelow(folder)) {
    const { size } = statSync(join(folder, file));
    assert.ok(size < MOST_BYTES, `${file} has ${size} bytes`);
  }
  return readFileSync(join(folder, "report.html"), "utf8");
}

export const scenarios: Scenario[] = [
  {
    name: "the report of 300,000 epochs is small",
    async run() {
      const { results } = sampleRun();
      const figures = (i: number) => ({ auc: (i % 997) / 997, accuracy: 0.5, recall: 1, specificity: 0, loss: 1 / (i + 1) });
      const epochs = Array.from({ length: 300_000 }, (_, i) => {
        const all = { val: figures(i), valRescaled: figures(i), test: figures(i) };
        return { loss: 1 / (i + 1), accuracy: i % 2, seconds: 1, ...all };
      });
      results.models.logistic.epochs = epochs;
      const html = await smallReport(results);
      assert.match(html, "60 of 300,000 rows, evenly spaced; metrics.json has all");
      const plot = /id="plot-loss-logistic".*?<\/figure>/s.exec(html)![0];
      for (const epoch of [1, 300_000]) assert.match(plot, new RegExp(`<th scope="row" class="right">${epoch}</th>`));
    },
  },
  {
    name: "the report of curves with 100,000 points, 10,000 seeds and notes is small",
    async run() {
      const { results } = sampleRun();
      const shares = Array.from({ length: 100_000 }, (_, i) => i / 99_999);
      for (const model of Object.values(results.models)) {
        model.test.roc = shares.map((x) => ({ fpr: x, tpr: Math.sqrt(x), threshold: 1 - x }));
        model.test.precisionRecall = shares.map((x) => ({ precision: x, recall: 1 - x, threshold: x }));
        const one = { ...rates(model.test.confusion), auc: 0.5, ece: 0 };
        model.repeats = Array.from({ length: 10_000 }, (_, seed) => ({ seed, trainSeconds: 1, val: one, test: one }));
      }
      results.dataset.notes = shares.slice(0, 10_000).map((x) => `note ${x}`);
      const html = await smallReport(results);
      assert.match(html, /300 of 30,00\d rows, evenly spaced/);
      assert.match(html, "The first 40 of 10,000; metrics.json has all.");
    },
  },
  {
    name: "a thinned curve keeps its ends, its lowest and its highest value, and the order",
    async run() {
      for (const length of [1, 999, 1000, 1001, 1500, 123_457]) {
        const values = Array.from({ length }, (_, i) => ({ i, y: Math.sin(i ** 2) + (i === Math.floor(length / 3) ? 9 : 0) }));
        const shown = thinned(values, ({ y }) => y);
        assert.ok(shown.length <= 1000 && shown.length >= Math.min(length, 900), `${shown.length} of ${length}`);
        assert.equal([shown[0], shown.at(-1)], [values[0], values.at(-1)]);
        assert.ok(shown.every(({ i }, k) => k === 0 || i > shown[k - 1].i));
        const heights = (some: typeof values) => extent(some, ({ y }) => y);
        assert.equal(heights(shown), heights(values));
      }
      assert.equal(evenly(5, 9), [0, 1, 2, 3, 4]);
      assert.equal(evenly(101, 5), [0, 25, 50, 75, 100]);
    },
  },
];
