// adapt from code: the same figures for images of every kind, a model that gives what was promised, and errors.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createRng } from "#pulmo/core/rng.js";
import type { MemoryImage } from "#pulmo/data/in-memory.js";
import { logOddsOf, probability } from "#pulmo/eval/log-odds.js";
import { adapt } from "#pulmo/lib/adapt-model.js";
import type { Model } from "#pulmo/lib/node-models.js";
import { openDataset } from "#pulmo/lib/open-dataset.js";
import { evaluate, train } from "#pulmo/lib/train-model.js";
import { beforeAll } from "../hooks.js";

const test = suite("adapt from code");

const rng = createRng(12, 0);
const EDGE = 32;
/** Ill images are brighter below; `shift` is added to all pixels. */
function picture(label: number, shift = 0): MemoryImage["pixels"] {
  const level = 60 + shift + 12 * rng.normal();
  const lower = level + 25 * label + 12 * rng.normal();
  const data = Uint8Array.from({ length: EDGE * EDGE }, (_, i) =>
    Math.max(0, Math.min(255, (i < (EDGE * EDGE) / 2 ? level : lower) + 4 * rng.normal())),
  );
  return { data, width: EDGE, height: EDGE, channels: 1 };
}
const imagesOf = (n: number, shift = 0): MemoryImage[] =>
  Array.from({ length: n }, (_, i) => ({ pixels: picture(i % 2, shift), label: i % 2, patient: `p${i}` }));

let model: Model;
beforeAll(test, async () => {
  const images = imagesOf(120);
  model = await train({ model: "logistic", data: { images }, epochs: 20, batchSize: 20, lr: 1e-4, threads: 1 }).result;
});

/** With another threshold. */
const withThreshold = (threshold: number): Pick<Model, "file"> => {
  const file = model.file.slice();
  new DataView(file.buffer).setFloat64(32, threshold, true);
  return { file };
};

test("the new model is better on shifted images, and can be saved and used at once", async () => {
  const ward = imagesOf(120, 90);
  const { before, after, trials, thresholds, model: fitted } = await adapt(model, { images: ward }, { threads: 1 });
  assert.ok(after.accuracy > before.accuracy + 0.1 && after.brier < before.brier, `${before.accuracy} ${after.accuracy}`);
  assert.ok(trials.some(({ taken }) => taken));
  assert.is(fitted.threshold, thresholds.after);
  const { images, patients } = JSON.parse(String(fitted.metadata.adapted));
  assert.equal([images, patients], [120, 120]);
  // On images that it has not seen, the figures are about those that were promised.
  const fresh = imagesOf(100, 90);
  const hits = fresh.filter(({ pixels, label }) => fitted.predict(pixels).label === fitted.classes[label as number]).length;
  assert.ok(hits / 100 > after.accuracy - 0.15, `${hits} of 100, ${after.accuracy} promised`);
  const score = fitted.predict(ward[1].pixels);
  assert.is(typeof score.unusual, "boolean");
  assert.is(typeof fitted.predict(ward[1].pixels, { errorRate: 0.1 }).decision, "string");
});

test("where nothing helps, scores and threshold keep their bits", async () => {
  // A threshold that log-odds do not give back.
  const threshold = [0.1, 0.15, 0.2, 0.3, 0.35, 0.45].find((p) => probability(logOddsOf(p)) !== p)!;
  const given = withThreshold(threshold);
  // Labelled by the model itself, no threshold is better; of 15 patients of a class, nothing else is tried.
  const all = imagesOf(80).map(({ pixels }, i) => ({ pixels, patient: `p${i}`, ...model.predict(pixels) }));
  const labelled = all.map(({ logOdds, ...rest }) => ({ ...rest, label: Number(logOdds > logOddsOf(threshold)) }));
  const images = [0, 1].flatMap((label) => labelled.filter((one) => one.label === label).slice(0, 15));
  const { model: same, trials, thresholds } = await adapt(given, { images }, { threads: 1 });
  assert.equal(
    trials.map(({ taken }) => taken),
    trials.map(() => false),
  );
  assert.equal([same.threshold, thresholds], [threshold, { before: threshold, after: threshold }]);
  for (const { pixels } of images.slice(0, 3)) assert.is(same.predict(pixels).logOdds, model.predict(pixels).logOdds);
});

test("a dataset, one of its splits and images in memory give the same", async () => {
  const images = imagesOf(60, 60);
  const data = await openDataset({ images });
  const options = { threads: 1, wasm: "simd" } as const;
  const [first, ...others] = await Promise.all(
    [{ images }, data, data.train].map(async (source) => (await adapt(model, source, options)).model.file),
  );
  for (const file of others) assert.equal(file, first);
  const { auc } = await evaluate(model, data.train, options);
  assert.is((await adapt(model, data, options)).before.auc, auc);
});

test("too few patients, other classes and no images are refused", async () => {
  const refused = async (work: Promise<unknown>, words: RegExp) => {
    try {
      await work;
    } catch (error) {
      return assert.match((error as Error).message, words);
    }
    assert.unreachable("nothing was refused");
  };
  const few = imagesOf(60).map((image, i) => ({ ...image, patient: `p${i % 8}` }));
  await refused(adapt(model, { images: few }), /images of 4 patients of NORMAL, and adapt needs at least 10 of each class/);
  const data = await openDataset({ images: imagesOf(60) }, { classes: ["clear", "ill"] });
  await refused(adapt(model, data), /The model's classes are NORMAL and PNEUMONIA, but the dataset's are clear and ill/);
  await refused(adapt(model, undefined as never), /adapt needs labelled images/);
  const stopped = AbortSignal.abort(new Error("enough"));
  await refused(adapt(model, { images: imagesOf(60) }, { signal: stopped }), /enough/);
});

test.run();
