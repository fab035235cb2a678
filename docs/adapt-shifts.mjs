// What `adapt` gains on shifted images: `node docs/adapt-shifts.mjs MODEL CHEST_XRAY [DRAWS]`, after `npm run build`, prints docs/adapt.md's table.
// - all images of the split test are shifted: blurred, with less contrast, or of a lower resolution;
// - a draw chooses 200 patients at random, half of them of each class. The first N of them, with one image each, are the labelled images;
//   the figures are those of the images of all other patients, before and after, as means over the draws.
import { createRng } from "../dist/core/rng.js";
import { evaluationBatchFor } from "../dist/core/program.js";
import { normalizationOf, placeWeights } from "../dist/core/read-model-file.js";
import { openPixels } from "../dist/data/cache.js";
import { readManifest } from "../dist/data/manifest.js";
import { patientOf } from "../dist/data/names.js";
import { createViews, seenThrough } from "../dist/data/views.js";
import { adapted, chooseAdaptation } from "../dist/eval/choose-adaptation.js";
import { calibration } from "../dist/eval/calibration.js";
import { logOddsOf, probability } from "../dist/eval/log-odds.js";
import { rocAucScore } from "../dist/eval/roc.js";
import { thresholdMetrics } from "../dist/eval/thresholds.js";
import { storedCheckpoint } from "../dist/lib/node-models.js";
import { nodeRuntime } from "../dist/lib/node-runtime.js";
import { physicalCores } from "../dist/node/cores.js";
import { IMAGE_SIZE } from "../dist/settings/recipes.js";
import { evaluate, featureWidth } from "../dist/train/evaluate.js";

const SIZES = [20, 50, 100, 200];
const [checkpoint, data, draws = "5"] = process.argv.slice(2);
const views = createViews(IMAGE_SIZE);
const SHIFTS = {
  "none": undefined,
  "blur, sigma 2 pixels": views.blurred(2),
  "contrast × 0.5": views.contrasted(0.5),
  "resolution of 64 pixels": views.rescaled(64),
};

const runtime = nodeRuntime();
const stored = await storedCheckpoint({ checkpoint }, runtime);
const { definition, contents } = stored;
const threads = physicalCores();
const manifest = await readManifest(data);
const only = { ...manifest, images: { train: [], val: [], test: manifest.images.test } };
const {
  splits: { test },
  close,
} = await openPixels(only, { size: IMAGE_SIZE, threads });
const { images } = test;
const labels = images.map(({ label }) => label);
const patients = images.map((image) => patientOf(image) ?? image.file);
const network = await runtime.createNetwork(definition, {
  ...{ batchSize: 0, evaluationBatch: evaluationBatchFor(images.length), imageSize: contents.imageSize, features: true },
  ...{ normalization: normalizationOf(contents), threads, seed: 0, lr: 0 },
});
placeWeights(network, contents);
const width = featureWidth(network);
const threshold = logOddsOf(contents.threshold);

/** Numbers of images by class: one of each of `count` patients, half of them of each class. `others`: those of the other patients. */
function drawn(count, seed) {
  const order = createRng(seed, 0).shuffle([...images.keys()]);
  const taken = new Set();
  const wards = [0, 1].map((label) => {
    const own = order.filter((i) => {
      if (labels[i] !== label || taken.has(patients[i])) return false;
      taken.add(patients[i]);
      return true;
    });
    const kept = own.slice(0, count / 2);
    for (const i of own.slice(count / 2)) taken.delete(patients[i]);
    return kept;
  });
  return { wards, others: [...images.keys()].filter((i) => !taken.has(patients[i])) };
}

/** AUC, accuracy, recall, specificity and expected calibration error. */
function figuresOf(numbers, logOdds, cut) {
  const own = numbers.map((i) => labels[i]);
  const { accuracy, recall, specificity } = thresholdMetrics(own, logOdds, cut);
  return [rocAucScore(own, logOdds), accuracy, recall, specificity, calibration(own, logOdds.map(probability)).ece];
}

const meansOf = (rows) => rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k] / rows.length, 0));
const line = (cells) => console.log(`| ${cells.join(" | ")} |`);

console.log(`${definition.name}, ${images.length} images, means over ${draws} draws: before → after\n`);
line(["Shift", "Labelled images", "AUC", "Accuracy", "Recall", "Specificity", "Calibration error", "Applied, of all draws"]);
line(["---", "---:", "---", "---", "---", "---", "---", "---"]);
for (const [title, view] of Object.entries(SHIFTS)) {
  const rows = view ? seenThrough(test, view) : test;
  const values = width > 0 ? new Float32Array(images.length * width) : undefined;
  const logOdds = await evaluate(network, rows, { features: values });
  const rowOf = (i) => values?.subarray(i * width, (i + 1) * width);
  for (const size of SIZES) {
    const [before, after, applied] = [[], [], {}];
    for (let seed = 0; seed < Number(draws); seed++) {
      const { wards, others } = drawn(SIZES.at(-1), seed);
      const ward = wards.flatMap((own) => own.slice(0, size / 2));
      const features = values && { values: Float32Array.from(ward.flatMap((i) => [...rowOf(i)])), width };
      const chosen = chooseAdaptation(
        { labels: ward.map((i) => labels[i]), logOdds: ward.map((i) => logOdds[i]), patients: ward.map((i) => patients[i]), features },
        threshold,
      );
      for (const { adaptation, taken } of chosen.trials) if (taken) applied[adaptation] = (applied[adaptation] ?? 0) + 1;
      const scores = others.map((i) => logOdds[i]);
      before.push(figuresOf(others, scores, threshold));
      const fitted = others.map((i, k) => adapted(chosen, scores[k], rowOf(i)));
      after.push(figuresOf(others, fitted, chosen.threshold ?? threshold));
    }
    const means = meansOf(after);
    const cells = meansOf(before).map((value, k) => `${value.toFixed(3)} → ${means[k].toFixed(3)}`);
    const fits = Object.entries(applied).map(([name, count]) => `${name} ${count}`);
    line([title, String(size), ...cells, fits.join(", ") || "nothing"]);
  }
}
await network.pool.close();
await close();
