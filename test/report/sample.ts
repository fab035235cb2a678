/** An artificial run: scores from a seeded generator and the program's metrics of them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { adaptationFigures } from "#pulmo/eval/adaptation-figures.js";
import { chooseAdaptation } from "#pulmo/eval/choose-adaptation.js";
import { fitConformal } from "#pulmo/eval/conformal.js";
import { delong } from "#pulmo/eval/delong.js";
import { evaluationOf } from "#pulmo/eval/evaluation.js";
import { probability, scoreOf } from "#pulmo/eval/log-odds.js";
import { splitMetrics } from "#pulmo/eval/metrics.js";
import type { PredictionRow, Predictions } from "#pulmo/eval/predictions.js";
import { rates, thresholdForRecall, thresholdMetrics } from "#pulmo/eval/thresholds.js";
import type { AdaptationResults } from "#pulmo/report/adaptation-page.js";
import type { EvaluationResults } from "#pulmo/report/evaluation-page.js";
import { writeReport } from "#pulmo/report/write.js";
import type { ModelResults, RunResults } from "#pulmo/results/metrics.js";
import { type Pictures, picturePath } from "#pulmo/results/picture-list.js";
import { type Estimate, STRESS_KINDS, type StressPoint, type StressResults } from "#pulmo/results/stress-results.js";

/** mulberry32: uniform in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const CLASSES = ["NORMAL", "PNEUMONIA"] as const;

/** Logits are normally distributed around -separation and +separation, shifted by `bias`. */
function rows(
  split: string,
  [normal, pneumonia]: [number, number],
  separation: number,
  bias: number,
  random: () => number,
): PredictionRow[] {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: normal + pneumonia }, (_, i) => {
    const label = i < normal ? 0 : 1;
    const logit = separation * (2 * label - 1) + bias + 2 * gauss();
    const cause = label === 0 ? "image" : i % 3 === 0 ? "virus" : "bacteria";
    const file = `${split}/${CLASSES[label]}/person${i}_${cause}_${7 * i + 1}.jpeg`;
    return { file, label, ...scoreOf(logit) };
  });
}

const labels = (some: PredictionRow[]) => some.map((row) => row.label);
const logits = (some: PredictionRow[]) => some.map((row) => row.logit);

interface Made {
  seed: number;
  params: number;
  init: string;
  trainSeconds: number;
  epochs: number;
  separation: number;
  bias: number;
}

function made(settings: Made): { model: ModelResults; predictions: { val: PredictionRow[]; test: PredictionRow[] } } {
  const { seed, params, init, trainSeconds, epochs, separation, bias } = settings;
  const random = uniform(seed);
  const predictions = {
    val: rows("val", [8, 8], separation, bias, random),
    test: rows("test", [234, 390], separation, bias, random),
  };
  const score = (some: PredictionRow[]) =>
    splitMetrics(
      labels(some),
      logits(some),
      some.map((r) => r.file),
    );
  const chosen = thresholdForRecall(labels(predictions.val), logits(predictions.val), 0.99)!;
  const at = (some: PredictionRow[]) => thresholdMetrics(labels(some), logits(some), chosen.logit);
  const [val, test] = [score(predictions.val), score(predictions.test)];
  const again = { ...rates(test.confusion), auc: test.auc, ece: test.ece };
  const model: ModelResults = {
    params,
    init,
    trainSeconds,
    epochs: Array.from({ length: epochs }, (_, e) => ({
      loss: 0.42 * Math.exp(-e / 3.5) + 0.03 + 0.015 * random(),
      accuracy: 1 - 0.16 * Math.exp(-e / 3) - 0.01 * random(),
      seconds: trainSeconds / epochs,
    })),
    val,
    test,
    threshold: { ...chosen, val: at(predictions.val), test: at(predictions.test) },
    balancedThreshold: null,
    repeats: [0, 1].map((s) => ({
      seed: s,
      trainSeconds: trainSeconds + s,
      val: again,
      test: { ...again, accuracy: again.accuracy - 0.01 * s },
    })),
  };
  return { model, predictions };
}

/** Metrics decrease by `slope` per level from the unchanged one; false positives increase with the numbers. */
function stress(slope: number): StressResults {
  const estimate = (value: number): Estimate => ({ value, interval: [value - 0.03, value + 0.02] });
  const point = (level: number, distance: number): StressPoint => ({
    level,
    auc: estimate(0.95 - slope * distance),
    recall: estimate(0.97 - 2 * slope * distance),
    specificity: estimate(0.8 - 3 * slope * distance),
  });
  const twoSided = { untouched: 1, points: [0.5, 0.75, 1, 1.25, 1.5].map((level, i) => point(level, Math.abs(i - 2))) };
  const oneSided = { untouched: 0, points: [0, 0.25, 0.5, 0.75].map(point) };
  return {
    images: { NORMAL: 96, PNEUMONIA: 96 },
    curves: Object.fromEntries(
      STRESS_KINDS.map((kind) => [kind, kind === "brightness" || kind === "contrast" ? twoSided : oneSided]),
    ),
    falseAlarms: {
      blocks: [
        { series: "IM-", from: 1, to: 111, n: 69, alarms: 5 },
        { series: "NORMAL2-IM-", from: 7, to: 381, n: 165, alarms: Math.round(165 * slope) },
      ],
      sharpness: {
        sigma: 1,
        quarters: [0, 1, 2, 3].map((q) => ({ from: 1 + q / 2, to: 1.4 + q / 2, n: 58, alarms: 40 - 10 * q })),
      },
    },
  };
}

/** A report without PNGs, which tests of its text need not wait for. */
export const writeTextReport = (...[dir, results, language, known]: Parameters<typeof writeReport>): Promise<void> =>
  writeReport(dir, results, language, known, ["svg"]);

export interface Sample {
  results: RunResults;
  predictions: Predictions;
}

export function sampleRun(): Sample {
  const models = {
    logistic: made({ seed: 1, params: 301_058, init: "scratch", trainSeconds: 24.3, epochs: 10, separation: 1.9, bias: 2.6 }),
    dnn: made({ seed: 2, params: 77_235_330, init: "scratch", trainSeconds: 388.1, epochs: 10, separation: 2.1, bias: 1.6 }),
    resnet18: made({
      seed: 3,
      params: 11_177_538,
      init: "ImageNet (resnet18-f37072fd.safetensors)",
      trainSeconds: 3421.8,
      epochs: 10,
      separation: 2.6,
      bias: 2.4,
    }),
  };
  const test = (name: keyof typeof models) => models[name].predictions.test;
  const pairs = [
    ["logistic", "dnn"],
    ["logistic", "resnet18"],
    ["dnn", "resnet18"],
  ] as const;
  const published = {
    train: { NORMAL: 1341, PNEUMONIA: 3875 },
    val: { NORMAL: 8, PNEUMONIA: 8 },
    test: { NORMAL: 234, PNEUMONIA: 390 },
  };
  const results: RunResults = {
    schema: 1,
    dataset: {
      root: "/data/chest_xray",
      synthetic: false,
      counts: structuredClone(published),
      published,
      matchesPublished: true,
      imageSize: 224,
      limit: null,
      unreadable: [],
      notes: ["Ignored 3 files named .DS_Store."],
      manifestSha256: "9f2c3a5be1d0477c8f6e1b2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f",
      fileSize: { train: 0.9001, test: 0.834 },
      imageSizes: { width: { min: 384, median: 1281, max: 2916 }, height: { min: 127, median: 888, max: 2713 } },
      duplicates: [
        ["train/NORMAL/a.jpeg", "train/NORMAL/b.jpeg"],
        ["test/PNEUMONIA/c.jpeg", "train/PNEUMONIA/d.jpeg"],
      ],
      patients: {
        counts: { train: 2790, val: 8, test: 367 },
        shared: [{ splits: ["train", "test"], patients: 170, images: 533 }],
      },
      subtypes: {
        train: { bacteria: 2530, virus: 1345, unknown: 0 },
        val: { bacteria: 8, virus: 0, unknown: 0 },
        test: { bacteria: 242, virus: 148, unknown: 0 },
      },
    },
    environment: {
      pulmo: "0.1.0",
      node: "v20.20.2",
      platform: "linux x64",
      cpu: "AMD EPYC 7B13",
      physicalCores: 2,
      memoryGiB: 15.6,
      threads: 2,
      wasm: "relaxed",
    },
    settings: {
      recipe: "paper",
      basis: "paper",
      epochs: 10,
      batchSize: 32,
      lr: 1e-4,
      seed: 0,
      weights: null,
      startedAt: "2026-11-22T20:00:00.000Z",
      finishedAt: "2026-11-22T21:07:12.000Z",
      command: "node dist/cli.js run --data /data/chest_xray --models logistic,dnn,resnet18 --threads 2",
      seeds: [0, 1],
      valSplit: null,
      targetRecall: 0.99,
      commit: "0123456789ab",
    },
    comparisons: pairs.map(([a, b]) => ({ a, b, ...delong(labels(test(a)), logits(test(a)), logits(test(b)))! })),
    models: Object.fromEntries(
      Object.entries(models).map(([name, { model }], i) => [name, { ...model, stress: stress(0.02 + 0.03 * i) }]),
    ),
  };
  return { results, predictions: Object.fromEntries(Object.entries(models).map(([name, m]) => [name, m.predictions])) };
}

/** Grey pictures and <model>/pictures.json: one of each kind of error, one map. */
export async function writeSamplePictures(dir: string, models: string[], name = "test/NORMAL/IM-0001.jpeg"): Promise<void> {
  const jpeg = await sharp({ create: { width: 32, height: 24, channels: 3, background: "#808080" } })
    .jpeg()
    .toBuffer();
  for (const model of models) {
    const image = (number: number) => ({ file: name, pPneumonia: 0.9, image: picturePath(model, number) });
    const pictures: Pictures = {
      errors: [
        { ...image(1), label: 0 },
        { ...image(2), label: 1 },
      ],
      maps: [{ ...image(3), label: 1, map: picturePath(model, 4) }],
      mapKind: "class-activation",
      mapColours: { NORMAL: "#1e5ae6", PNEUMONIA: "#eb5a00" },
    };
    await mkdir(join(dir, model, "pictures"), { recursive: true });
    for (const number of [1, 2, 3, 4]) await writeFile(join(dir, picturePath(model, number)), jpeg);
    await writeFile(join(dir, model, "pictures.json"), JSON.stringify(pictures));
  }
}

/** The stress test of a test set without NORMAL images. */
function oneClass({ curves, falseAlarms }: StressResults): StressResults {
  const { untouched, points } = curves.blur!;
  return {
    images: { NORMAL: 0, PNEUMONIA: 2 },
    curves: { blur: { untouched, points: points.map((point) => ({ ...point, auc: null, specificity: null })) } },
    falseAlarms: { blocks: [], sharpness: { ...falseAlarms.sharpness, quarters: [] } },
  };
}

/** The same run on synthetic images with a limit, hostile names and no NORMAL validation images. */
export function hostileRun(): Sample {
  const { results, predictions } = sampleRun();
  const script = "<script>alert(1)</script>";
  const val = predictions.dnn.val.filter(({ label }) => label === 1);
  results.models.dnn.val = splitMetrics(labels(val), logits(val));
  results.models.dnn.threshold = null;
  results.models.dnn.stress = oneClass(results.models.dnn.stress!);
  results.models.resnet18.stress!.falseAlarms.blocks[0].series = `${script}|\u202e`;
  delete results.models.logistic.stress;
  for (const row of predictions.logistic.test) row.file = `test/${script}|a\`b\nc"'&\u202e${row.file}`;
  Object.assign(results.dataset, {
    root: `/tmp/"><img src=x onerror=alert(1)>${script}`,
    synthetic: true,
    limit: 100,
    matchesPublished: false,
    counts: { train: { NORMAL: 100, PNEUMONIA: 100 }, val: { NORMAL: 8, PNEUMONIA: 0 }, test: { NORMAL: 234, PNEUMONIA: 390 } },
    unreadable: Array.from({ length: 25 }, (_, i) => ({ file: `train/${script}${i}.jpeg`, reason: `not an image: ${script}` })),
    notes: [`${script} was ignored.`],
    duplicates: [[`train/${script}|1.jpeg`, "train/`\u202e.jpeg"]],
    patients: null,
    fileSize: { train: null, test: 0.5 },
  });
  results.settings.commit = script;
  results.settings.weights = `${script}.pth`;
  results.settings.command = `pulmo run --data '${script}' \`\`\` \u001b[31m`;
  results.environment.cpu = `CPU ${script} & co`;
  return { results, predictions };
}

/** An artificial adaptation: scores that are too high and too far from each other. */
export function sampleAdaptation(): AdaptationResults {
  const random = uniform(5);
  const found = rows("ward", [120, 80], 1.2, 0, random).map((row) => ({ ...row, logit: 2.5 * row.logit + 4 }));
  const images = found.map(({ file, label }) => ({ file, label: label as 0 | 1 }));
  const patients = images.map((_, i) => `${i}`);
  const logOdds = Float64Array.from(logits(found));
  const chosen = chooseAdaptation({ labels: labels(found), logOdds, patients }, 0);
  const after = chosen.threshold === undefined ? 0.5 : probability(chosen.threshold);
  const figures = adaptationFigures({
    ...{ images, patients, classes: CLASSES, logOdds, chosen, threshold: 0, thresholds: { before: 0.5, after } },
    conformal: {
      before: fitConformal(
        labels(found),
        logOdds.map((x) => (x - 4) / 2.5),
      ),
      after: fitConformal(labels(found), chosen.crossValidated.logOdds),
    },
    ...{ unusual: [{ file: images[0].file }], refitted: { unusual: true, conformal: true } },
  });
  const about = {
    ...{ model: "resnet18", checkpoint: "old.pulmo", out: "ward.pulmo", data: "/data/ward", split: null, unreadable: [] },
    ...{ synthetic: false, sample: false, pulmo: "0.0.0", finishedAt: "2026-01-02T03:04:05.000Z" },
  };
  return { about, figures };
}

/** An artificial evaluation, with patients, hospitals, and files that lack their other half. */
export function sampleEvaluation(): EvaluationResults {
  const found = rows("ward", [30, 90], 1.2, 0.5, uniform(6));
  const images = found.map(({ file, label }, i) => ({
    ...{ file, label: label as 0 | 1, patient: `p${i >> 1}`, hospital: `ward ${(i % 12) + 1}`, device: i % 2 ? "A" : "B" },
  }));
  const choices = { threshold: 0.3, targetRecall: 0.9, unusual: [{ file: images[3].file, unusualScore: 1.5 }] };
  const evaluation = evaluationOf(images, logits(found), choices);
  const errors = images.flatMap((image, i) =>
    found[i].pPneumonia > 0.3 === (image.label === 1) ? [] : [{ ...image, pPneumonia: found[i].pPneumonia }],
  );
  const about = {
    ...{
      model: "resnet18",
      checkpoint: "runs/first/resnet18",
      sha256: "ab12",
      data: "/data/ward",
      split: "test",
      labels: "ward.csv",
    },
    ...{ manifestSha256: "cd34", classes: CLASSES, synthetic: false, sample: false, limit: null, pulmo: "0.0.0" },
    ...{ finishedAt: "2026-01-02T03:04:05.000Z", modelNotes: ["was assumed"], packaged: true, notes: ["a note"] },
    ...{ unreadable: [{ file: "cut.png", reason: "it is cut short" }], unlabelled: ["no-label.png"], withoutImage: ["gone.png"] },
  };
  return { about, evaluation, errors };
}
