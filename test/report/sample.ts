/** A made-up run: scores from a seeded generator through the program's own metrics. Nothing here was trained. */
import type { PredictionRow } from "#pulmo/eval/predictions.js";
import { splitMetrics } from "#pulmo/eval/metrics.js";
import type { Predictions } from "#pulmo/report/input.js";
import type { ModelResults, RunResults } from "#pulmo/report/results.js";

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

/** Logits are normal around -shift and +shift, moved by `bias` towards PNEUMONIA. */
function rows(split: string, [normal, pneumonia]: [number, number], separation: number, bias: number, random: () => number): PredictionRow[] {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: normal + pneumonia }, (_, i) => {
    const label = i < normal ? 0 : 1;
    const logit = separation * (2 * label - 1) + bias + 2 * gauss();
    const file = `${split}/${CLASSES[label]}/person${i}_image${7 * i + 1}.jpeg`;
    return { file, label, pPneumonia: 1 / (1 + Math.exp(-logit)) };
  });
}

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
  const score = (some: PredictionRow[]) => splitMetrics(some.map((r) => r.label), some.map((r) => r.pPneumonia));
  const model: ModelResults = {
    params,
    init,
    trainSeconds,
    epochs: Array.from({ length: epochs }, (_, e) => ({
      loss: 0.42 * Math.exp(-e / 3.5) + 0.03 + 0.015 * random(),
      accuracy: 1 - 0.16 * Math.exp(-e / 3) - 0.01 * random(),
      seconds: trainSeconds / epochs,
    })),
    val: score(predictions.val),
    test: score(predictions.test),
  };
  return { model, predictions };
}

export interface Sample {
  results: RunResults;
  predictions: Predictions;
}

export function sampleRun(): Sample {
  const models = {
    logistic: made({ seed: 1, params: 301_058, init: "scratch", trainSeconds: 24.3, epochs: 10, separation: 1.9, bias: 2.6 }),
    dnn: made({ seed: 2, params: 77_235_330, init: "scratch", trainSeconds: 388.1, epochs: 10, separation: 2.1, bias: 1.6 }),
    resnet18: made({
      seed: 3, params: 11_177_538, init: "ImageNet (resnet18-f37072fd.safetensors)", trainSeconds: 3421.8, epochs: 10, separation: 2.6, bias: 2.4,
    }),
  };
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
    },
    environment: {
      pulmo: "0.1.0", node: "v20.20.2", platform: "linux x64", cpu: "AMD EPYC 7B13", physicalCores: 2, memoryGiB: 15.6, threads: 2, wasm: "relaxed",
    },
    settings: {
      recipe: "paper", epochs: 10, batchSize: 32, lr: 1e-4, seed: 0, weights: null,
      startedAt: "2026-11-22T20:00:00.000Z", finishedAt: "2026-11-22T21:07:12.000Z",
      command: "node dist/cli.js run --data /data/chest_xray --models logistic,dnn,resnet18 --threads 2",
    },
    models: Object.fromEntries(Object.entries(models).map(([name, { model }]) => [name, model])),
  };
  return { results, predictions: Object.fromEntries(Object.entries(models).map(([name, m]) => [name, m.predictions])) };
}

/** The same run on generated images, limited, with hostile names and one class missing from validation. */
export function hostileRun(): Sample {
  const { results, predictions } = sampleRun();
  const script = "<script>alert(1)</script>";
  const val = predictions.dnn.val.filter(({ label }) => label === 1);
  results.models.dnn.val = splitMetrics(val.map((r) => r.label), val.map((r) => r.pPneumonia));
  for (const row of predictions.logistic.test) row.file = `test/${script}|a\`b\nc"'&\u202e${row.file}`;
  Object.assign(results.dataset, {
    root: `/tmp/"><img src=x onerror=alert(1)>${script}`,
    synthetic: true,
    limit: 100,
    matchesPublished: false,
    counts: { train: { NORMAL: 100, PNEUMONIA: 100 }, val: { NORMAL: 8, PNEUMONIA: 0 }, test: { NORMAL: 234, PNEUMONIA: 390 } },
    unreadable: Array.from({ length: 25 }, (_, i) => ({ file: `train/${script}${i}.jpeg`, reason: `not an image: ${script}` })),
    notes: [`${script} was ignored.`],
  });
  results.settings.command = `pulmo run --data '${script}' \`\`\` \u001b[31m`;
  results.environment.cpu = `CPU ${script} & co`;
  return { results, predictions };
}
