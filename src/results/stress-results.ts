// <model>/stress.json, repeated in metrics.json: the metrics of a model on changed test images.
import * as v from "valibot";
import { madeFromSchema } from "./file-hashes.js";
import { count, interval, list, number, text } from "./values.js";

export const STRESS_FILE = "stress.json";

/** The changes. */
export const STRESS_KINDS = ["blur", "downsampling", "noise", "brightness", "contrast", "crop", "cover"] as const;
export const STRESS_FIGURES = ["auc", "recall", "specificity"] as const;

export type StressKind = (typeof STRESS_KINDS)[number];
export type StressFigure = (typeof STRESS_FIGURES)[number];

/** pulmo writes at most 5 levels a curve, and 30 images a block. */
const MAX_ENTRIES = 10_000;

/** With its 95 % interval by bootstrap, as SplitMetrics has them. A sum, so rounding may take it slightly above 1. */
const estimate = v.object({ value: number, interval });
export type Estimate = v.InferOutput<typeof estimate>;

/** Decided at log-odds above 0; null if the class that a figure needs is absent. */
const point = v.object({
  level: number,
  auc: v.nullable(estimate),
  recall: v.nullable(estimate),
  specificity: v.nullable(estimate),
} satisfies Record<"level" | StressFigure, v.GenericSchema>);
export type StressPoint = v.InferOutput<typeof point>;

const curve = v.object({
  /** The level at which nothing is changed. */
  untouched: number,
  /** In the order of the levels, with the untouched one. */
  points: list(point, MAX_ENTRIES),
});
export type StressCurve = v.InferOutput<typeof curve>;

/** Of n NORMAL images, how many were called PNEUMONIA. */
const alarms = v.object({ n: count, alarms: count });
export type AlarmCount = v.InferOutput<typeof alarms>;

export const stressSchema = v.object({
  madeFrom: v.exactOptional(madeFromSchema),
  /** Numbers of test images that were changed. */
  images: v.object({ NORMAL: count, PNEUMONIA: count }),
  curves: v.record(v.picklist(STRESS_KINDS), curve),
  /** On the unchanged NORMAL test images. */
  falseAlarms: v.object({
    /** Blocks of neighbouring patient numbers in a series; empty if no file name has one. */
    blocks: list(v.object({ ...alarms.entries, series: text, from: count, to: count }), MAX_ENTRIES),
    sharpness: v.object({
      /** Of the blur, in pixels. Sharpness is the mean difference, in grey levels, between an image and its blurred copy. */
      sigma: number,
      /** From the least sharp quarter of the images to the sharpest. */
      quarters: list(v.object({ ...alarms.entries, from: number, to: number }), MAX_ENTRIES),
    }),
  }),
});
export type StressResults = v.InferOutput<typeof stressSchema>;
