// A model's training and figures in short: the entry `card` of the packaged model's metadata, and what `model info` shows of a run.
import * as v from "valibot";
import type { ModelResults, RunResults, SplitMetrics } from "./metrics.js";
import { area, count, interval, list, number, pair, share, text } from "./values.js";

const short = v.pipe(v.string(), v.maxLength(2000));
/** A figure with its 95 % interval by bootstrap; null if undefined. */
const estimate = v.object({ value: area, interval: v.nullable(interval) });
export type CardFigure = v.InferOutput<typeof estimate>;

/** At threshold 0.5. */
const figures = v.object({
  n: count,
  /** [[TN, FP], [FN, TP]] */
  confusion: pair(pair(count)),
  accuracy: estimate,
  auc: estimate,
  recall: estimate,
  specificity: estimate,
  brier: share,
  /** Expected calibration error. */
  ece: number,
});
export type CardFigures = v.InferOutput<typeof figures>;

const counts = v.object({ NORMAL: count, PNEUMONIA: count });

export const modelCardSchema = v.object({
  training: v.object({
    recipe: short,
    epochs: count,
    /** Of these, epochs with smaller images. */
    smallEpochs: v.exactOptional(count),
    batchSize: count,
    lr: number,
    seed: count,
    /** "scratch", or a description of the initial weights. */
    init: short,
    /** Repeats the training. */
    command: text,
    /** Absent in a run that is not finished. */
    pulmo: v.exactOptional(short),
    commit: v.exactOptional(v.nullable(short)),
    node: v.exactOptional(short),
    platform: v.exactOptional(short),
    /** simd, relaxed or revec */
    wasm: v.exactOptional(short),
    /** UTC, ISO 8601. */
    finishedAt: v.exactOptional(short),
  }),
  data: v.exactOptional(
    v.object({
      /** Identifies the images and their content. */
      manifestSha256: short,
      /** Numbers of images after the validation set was taken. */
      counts: v.object({ train: counts, val: counts, test: counts }),
      /** Whether they are all images of the published dataset, with its test set. */
      published: v.boolean(),
    }),
  ),
  figures: v.exactOptional(v.object({ val: figures, test: figures })),
  /** SHA-256 of the model.safetensors of the run. */
  weightsSha256: v.exactOptional(short),
  licence: v.exactOptional(short),
  attribution: v.exactOptional(short),
  use: v.exactOptional(short),
  limits: v.exactOptional(list(short, 20)),
});
export type ModelCard = v.InferOutput<typeof modelCardSchema>;

/** The card of a model of a finished run. */
export function modelCard({ dataset, environment, settings }: RunResults, model: ModelResults): ModelCard {
  const { recipe, epochs, smallEpochs, batchSize, lr, seed, command, commit, finishedAt } = settings;
  const { pulmo, node, platform, wasm } = environment;
  return {
    training: {
      ...{ recipe, epochs, ...(smallEpochs !== undefined && { smallEpochs }), batchSize, lr, seed, init: model.init, command },
      ...{ pulmo, commit, node, platform, wasm, finishedAt },
    },
    data: { manifestSha256: dataset.manifestSha256, counts: dataset.counts, published: isPublished(dataset) },
    figures: { val: figuresOf(model.val), test: figuresOf(model.test) },
    ...(model.sha256 && { weightsSha256: model.sha256.model }),
  };
}

type Counts = v.InferOutput<typeof counts>;

/** Whether they are all images of the published dataset, also if a part of train became the validation set. */
export function isPublished({ synthetic, sample = false, counts: used, published }: RunResults["dataset"]): boolean {
  const same = (a: Counts, b: Counts) => a.NORMAL === b.NORMAL && a.PNEUMONIA === b.PNEUMONIA;
  const { train, val, test } = used;
  const split = { NORMAL: train.NORMAL + val.NORMAL, PNEUMONIA: train.PNEUMONIA + val.PNEUMONIA };
  return !synthetic && !sample && same(test, published.test) && [train, split].some((one) => same(one, published.train));
}

function figuresOf({ n, confusion, accuracy, auc, perClass, specificity, brier, ece, intervals }: SplitMetrics): CardFigures {
  const { recall } = perClass.PNEUMONIA;
  return {
    ...{ n, confusion },
    accuracy: { value: accuracy, interval: intervals.accuracy },
    auc: { value: auc, interval: intervals.auc },
    recall: { value: recall, interval: intervals.recall },
    specificity: { value: specificity, interval: intervals.specificity },
    ...{ brier, ece },
  };
}
