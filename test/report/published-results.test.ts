// The results that the repository publishes.
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RunResults } from "#pulmo/results/metrics.js";

const FOLDER = "docs/results";
const read = (file: string) => readFileSync(join(FOLDER, file), "utf8");

for (const file of ["metrics.json", "strong/metrics.json"]) {
  test(`${file} records relative paths`, () => {
    const { dataset, settings } = JSON.parse(read(file)) as RunResults;
    const paths = [dataset.root, settings.weights!, ...settings.command.split(" ")];
    assert.equal(paths.filter(isAbsolute), []);
  });
}

for (const file of ["report.html", "comparison.html", "strong/report.html", "README.md"]) {
  test(`${file} contains no path of the machine that made it`, () => {
    assert.not.match(read(file), /[\s"'>(]\/(?:work|tmp|root|home|usr|mnt|Users)\//);
  });
}

test.run();
