// The model card is made from a run's results: the headings of model cards, and the run's own figures.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { RunResults } from "#pulmo/results/metrics.js";
import { isPublished, modelCard } from "#pulmo/results/model-card.js";
import { recipeOf } from "#pulmo/settings/recipes.js";

const test = suite("docs: model card");

const { modelCardPage } = await import(new URL("../../../docs/model-card.mjs", import.meta.url).href);
const results: RunResults = JSON.parse(readFileSync("docs/results/strong/metrics.json", "utf8"));
const model = results.models.resnet18;
const [weightsSha256, sha256] = ["a", "b"].map((letter) => letter.repeat(64));
const card = { ...modelCard(results, model), weightsSha256, attribution: "Kermany and others" };
const effect = { images: 624, auc: { f32: 0.99, i8: 0.9895 }, logOdds: 0.1234, labels: 2 };

const page = (changed: object = {}): string =>
  modelCardPage({
    ...{ results: { ...results, ...changed }, card, effect, recipe: recipeOf("strong"), threshold: 0.5 },
    ...{ file: { bytes: 11_277_776, sha256 }, out: "runs/packaged" },
  });

test("the headings of Mitchell and others, and the items of TRIPOD+AI that are not met", () => {
  assert.equal(
    [...page().matchAll(/^## (.*)$/gm)].map(([, heading]) => heading),
    [
      ...["Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data", "Quantitative analyses"],
      ...["Ethical considerations", "Caveats and recommendations", "TRIPOD+AI items that are not met"],
    ],
  );
});

test("the figures of metrics.json, with intervals; hashes; the command", () => {
  const text = page();
  const said = [
    ["| Accuracy | 96.0% (94.4 to 97.4) |", "| AUC | 0.990 (0.981 to 0.996) |", "| False negatives, false positives | 12, 13 |"],
    ["12 of 390 pneumonias of the test set are called NORMAL, and 13 of 234 healthy children PNEUMONIA"],
    ["| bacteria | 242 | 97.5% |", "| virus | 148 | 95.9% |", "| sharpness, quarter 1 of 4 | 59 | 7 (11.9%) |"],
    [card.training.command, `\`${sha256}\``, `\`${weightsSha256}\``, "11,177,538", results.dataset.manifestSha256],
    ["from 0.990000 to 0.989500, log-odds by at most 0.123, and 2 labels", "170 patient numbers occur", "| 2 | 0.989 | 96.2% |"],
    ["Not for clinical use", "children aged one to five", "resized to 224x224 pixels and saved as JPEG again"],
  ].flat();
  for (const figure of said) assert.ok(text.includes(figure), figure);
  assert.not.match(text, /undefined|NaN|null|\[object/);
});

test("published images are known, also if a part of them became the validation set", () => {
  const { dataset } = results;
  assert.ok(isPublished(dataset));
  assert.ok(isPublished({ ...dataset, counts: dataset.published }));
  const { counts } = dataset;
  assert.not.ok(isPublished({ ...dataset, counts: { ...counts, train: { NORMAL: 1204, PNEUMONIA: 3487 } } }));
  assert.not.ok(isPublished({ ...dataset, counts: { ...counts, test: { NORMAL: 8, PNEUMONIA: 8 } } }));
  assert.not.ok(isPublished({ ...dataset, synthetic: true }));
  assert.match(page(), /The official test set of the published dataset: 234 NORMAL and 390 PNEUMONIA/);
});

test("known failures name groups with twice the rate of false positives, and none where it is even", () => {
  const { stress } = model;
  const block = { n: 28, alarms: 16, series: "NORMAL2-IM-", from: 206, to: 275 };
  const changed = (blocks: object[]) =>
    page({ models: { resnet18: { ...model, stress: { ...stress, falseAlarms: { ...stress!.falseAlarms, blocks } } } } });
  assert.match(
    changed([block]),
    /concentrated: 16 of 28 \(57\.1%\) of the healthy images with the numbers NORMAL2-IM- 206 to 275, 5\.6% of all/,
  );
  assert.not.match(changed([{ ...block, alarms: 3 }]), /are concentrated:/);
  assert.match(
    changed([]),
    /Of quarter 1 of the healthy images, from the least sharp to the sharpest, 7 of 59 \(11\.9%\) are false positives/,
  );
});

test("other seeds are those of the run, or of other runs", () => {
  const { repeats: _, ...alone } = model;
  const results_ = { ...results, models: { resnet18: alone } };
  const text = (seeds: object[]) =>
    modelCardPage({
      ...{ results: results_, seeds, card, effect, recipe: recipeOf("strong"), threshold: 0.5 },
      ...{ file: { bytes: 1, sha256 }, out: "runs/packaged" },
    });
  assert.not.match(text([]), /Other seeds/);
  const [, row] = /\| (0 \| 0\.990 \| 96\.0% \| 96\.9% \| 94\.4%) \|/.exec(text([{ seed: 7, model: alone }]))!;
  assert.ok(text([{ seed: 7, model: alone }]).includes(`| ${row.replace("0", "7")} |`));
});

test("epochs with smaller images are stated", () => {
  const { settings } = results;
  const text = page({ settings: { ...settings, smallEpochs: 3, smallSize: 112 } });
  assert.match(text, /\| 8 \(the first 3 with images of 112x112 pixels\), 32, 0\.0001 \(Adam, cosine to 0\) \|/);
  assert.match(page(), /\| 8, 32, 0\.0001 \(Adam, cosine to 0\) \|/);
});

test("runs without stress tests, review, subtypes and other seeds have a card too", () => {
  const { stress: _, repeats: __, ...plain } = model;
  const { bySubtype: ___, ...bare } = plain.test;
  const text = page({ models: { resnet18: { ...plain, test: bare } } });
  assert.not.match(text, /undefined|NaN|null|\[object|Sensitivity to changed images/);
  const counts = { NORMAL: { n: 234, review: 20, wrong: 3 }, PNEUMONIA: { n: 390, review: 10, wrong: 40 } };
  const intervals = { NORMAL: [0.004, 0.04], PNEUMONIA: [0.07, 0.14] };
  const side = (name: "NORMAL" | "PNEUMONIA") => ({
    ...counts[name],
    intervals: { wrong: intervals[name], review: null, wrongOfDecided: null },
  });
  const figures = { NORMAL: side("NORMAL"), PNEUMONIA: side("PNEUMONIA") };
  const review = {
    validation: { NORMAL: 135, PNEUMONIA: 389 },
    rates: [{ errorRate: 0.05, needed: 19, val: figures, test: figures }],
  };
  assert.match(
    page({ models: { resnet18: { ...plain, review } } }),
    /\| 5% \| 8\.5%, 2\.6% \| 8\.5%, 2\.6% \| 1\.3%, 10\.3% \| yes, no \|[\s\S]*more PNEUMONIA test images than promised are decided as the other class at 5%:/,
  );
});

test.run();
