// Images of one's own, and layers of one's own, are not compared with the published dataset or with the study.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasPublishedNames } from "#pulmo/data/names.js";
import type { RunResults } from "#pulmo/results/metrics.js";
import { temporaryFolder } from "../data/places.js";
import { sampleRun, writeTextReport } from "./sample.js";

const test = suite("own data");

async function markdownOf(change: (results: RunResults) => void): Promise<string> {
  const { results } = sampleRun();
  change(results);
  const dir = temporaryFolder();
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "metrics.json"), "");
  await writeTextReport(dir, results);
  return readFileSync(join(dir, "report.md"), "utf8");
}

const STUDY = /, study \||The study/;

test("the published images are compared and the study is cited", async () => {
  const text = await markdownOf(() => {});
  assert.match(
    text,
    /The study: "custom DNN 및 ResNet 을 이용한 폐렴 진단 성능 비교", a course project of AI\+X, Hanyang University, 2025\./,
  );
  assert.match(text, /\| DNN, study \|/);
  assert.match(text, /Compared with the published dataset/);
});

test("other images or classes are not", async () => {
  for (const change of [
    (results: RunResults) => void Object.assign(results.dataset, { own: true, matchesPublished: false }),
    (results: RunResults) => void Object.assign(results.dataset, { own: true, classes: ["Normal", "Covid"] }),
  ]) {
    const text = await markdownOf((results) => {
      change(results);
      results.dataset.counts.train.NORMAL = 17;
    });
    assert.not.match(text, STUDY);
    assert.not.match(text, /published/i);
  }
});

test("a DNN of other layers has no row of the study, and states its layers", async () => {
  const text = await markdownOf((results) => void Object.assign(results.settings, { hidden: [256, 64] }));
  assert.not.match(text, /\| DNN, study \|/);
  assert.match(text, /\| ResNet-18, study \|/);
  assert.match(text, /Hidden layers of the DNN: 256, 64/);
});

test("a set has the published names if nearly all of its files have them", () => {
  const published = ["train/PNEUMONIA/person1_bacteria_2.jpeg", "test/NORMAL/IM-0001-0001.jpeg", "a/NORMAL2-IM-0329-0001.jpeg"];
  assert.ok(hasPublishedNames(published));
  assert.ok(hasPublishedNames([...Array.from({ length: 20 }, () => published[0]), "train/NORMAL/copy.jpeg"]));
  assert.not.ok(hasPublishedNames([...published, "train/NORMAL/17.dcm"]));
  assert.not.ok(hasPublishedNames(["test/NORMAL/17"]));
});

test.run();
