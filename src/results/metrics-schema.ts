// metrics.json read back: it may come from anywhere, so everything in it is checked against the contract in metrics.ts.
import * as v from "valibot";
import { areClassNames } from "../data/class-names.js";
import type { RunResults } from "./metrics.js";
import { readJson } from "./read-json.js";
import { stressSchema } from "./stress-schema.js";

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(number, v.integer(), v.minValue(0));
const share = v.pipe(number, v.minValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.maxLength(10_000));
const time = v.pipe(text, v.isoTimestamp());
const point = v.nullable(number);
/** A sum: its last bit may lie beyond 1. */
const auc = v.nullable(number);
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(2_000_000));
const pair = <T extends v.GenericSchema>(item: T) => v.tuple([item, item]);

const interval = pair(number);
const confusion = pair(pair(count));
const classCounts = v.object({ NORMAL: count, PNEUMONIA: count });
const bySplit = <T extends v.GenericSchema>(item: T) => v.object({ train: item, val: item, test: item });
const range = v.object({ min: count, median: count, max: count });

const dataset = v.object({
  root: text,
  synthetic: v.boolean(),
  sample: v.exactOptional(v.boolean()),
  classes: v.exactOptional(v.custom<[string, string]>((value) => Array.isArray(value) && areClassNames(value))),
  counts: bySplit(classCounts),
  published: bySplit(classCounts),
  matchesPublished: v.boolean(),
  imageSize: count,
  limit: v.nullable(count),
  unreadable: list(v.object({ file: text, reason: text })),
  notes: list(text),
  manifestSha256: text,
  fileSize: v.exactOptional(v.object({ train: auc, test: auc })),
  imageSizes: v.exactOptional(v.object({ width: range, height: range })),
  duplicates: v.exactOptional(list(list(text))),
  patients: v.exactOptional(
    v.nullable(
      v.object({
        counts: bySplit(count),
        shared: list(v.object({ splits: pair(v.picklist(["train", "val", "test"])), patients: count, images: count })),
      }),
    ),
  ),
  subtypes: v.exactOptional(bySplit(v.object({ bacteria: count, virus: count, unknown: count }))),
});

export const environmentSchema = v.object({
  pulmo: text,
  node: text,
  platform: text,
  cpu: text,
  physicalCores: count,
  memoryGiB: number,
  threads: count,
  wasm: text,
});

const settings = v.object({
  recipe: text,
  basis: v.exactOptional(text),
  epochs: count,
  batchSize: count,
  lr: number,
  seed: count,
  weights: v.nullable(text),
  startedAt: time,
  finishedAt: time,
  command: text,
  seeds: v.exactOptional(list(count)),
  valSplit: v.exactOptional(v.nullable(share)),
  targetRecall: v.exactOptional(share),
  commit: v.exactOptional(v.nullable(text)),
});

const classMetrics = v.object({ precision: share, recall: share, f1: share, support: count });
const rates = { confusion, accuracy: share, recall: share, specificity: share, precision: share, f1: share };
const bySubtype = v.exactOptional(v.object({ n: count, found: count }));
const uncertain = v.nullable(interval);

const bins = list(v.object({ from: share, to: share, n: count, predicted: number, observed: share }));

const split = v.object({
  n: count,
  accuracy: share,
  auc,
  confusion,
  perClass: v.object({ NORMAL: classMetrics, PNEUMONIA: classMetrics }),
  macro: classMetrics,
  weighted: classMetrics,
  roc: list(v.object({ fpr: share, tpr: share, threshold: point })),
  specificity: v.exactOptional(share),
  averagePrecision: v.exactOptional(v.nullable(number)),
  precisionRecall: v.exactOptional(list(v.object({ precision: share, recall: share, threshold: point }))),
  brier: v.exactOptional(share),
  ece: v.exactOptional(number),
  calibration: v.exactOptional(bins),
  histogram: v.exactOptional(v.object({ NORMAL: list(count), PNEUMONIA: list(count) })),
  intervals: v.exactOptional(
    v.object({
      accuracy: uncertain,
      recall: uncertain,
      specificity: uncertain,
      precision: uncertain,
      f1: uncertain,
      auc: uncertain,
    }),
  ),
  bySubtype: v.exactOptional(v.object({ bacteria: bySubtype, virus: bySubtype, unknown: bySubtype })),
});

const calibration = v.object({ ece: number, calibration: bins });

const threshold = v.exactOptional(
  v.nullable(v.object({ value: number, logit: v.exactOptional(number), val: v.object(rates), test: v.object(rates) })),
);

const repeat = v.object({ ...rates, auc, ece: v.exactOptional(number) });

const figures = v.exactOptional(
  v.object({ loss: v.pipe(number, v.minValue(0)), accuracy: share, recall: share, specificity: share, auc }),
);

export const epochSchema = v.object({
  loss: number,
  accuracy: share,
  seconds: number,
  val: figures,
  valRescaled: figures,
  test: figures,
});

export const temperatureSchema = v.exactOptional(v.pipe(number, v.gtValue(0)));

const model = v.object({
  params: count,
  init: text,
  trainSeconds: v.pipe(number, v.minValue(0)),
  epochs: list(epochSchema),
  temperature: temperatureSchema,
  val: split,
  test: split,
  uncalibrated: v.exactOptional(v.object({ val: calibration, test: calibration })),
  threshold,
  balancedThreshold: threshold,
  repeats: v.exactOptional(list(v.object({ seed: count, trainSeconds: number, val: repeat, test: repeat }))),
  ensemble: v.exactOptional(v.object({ val: repeat, test: repeat })),
  stress: v.exactOptional(stressSchema),
});

const comparison = v.object({ a: text, b: text, difference: number, interval, pValue: number });

const runResults: v.GenericSchema<unknown, RunResults> = v.object({
  schema: v.literal(1),
  dataset,
  environment: environmentSchema,
  settings,
  models: v.record(text, model),
  comparisons: v.exactOptional(list(comparison)),
});

export type Parsed = { results: RunResults } | { fault: string };

/** The results, or what is wrong with them: the first place that breaks the contract. */
export function parseResults(json: string): Parsed {
  const read = readJson(runResults, json);
  return "value" in read ? { results: read.value } : read;
}
