// stress.json, which metrics.json repeats: what becomes of a model's figures when the test images are changed.
import type { Interval } from "./metrics.js";

/** What is done to the images. */
export const STRESS_KINDS = ["blur", "downsampling", "noise", "brightness", "contrast", "crop", "cover"] as const;
export const STRESS_FIGURES = ["auc", "recall", "specificity"] as const;

export type StressKind = (typeof STRESS_KINDS)[number];
export type StressFigure = (typeof STRESS_FIGURES)[number];

/** `<model>/stress.json`: how a model sees changed test images, and which untouched ones of NORMAL it raises an alarm on. */
export interface StressResults {
  /** Of the test images that were changed. */
  images: { NORMAL: number; PNEUMONIA: number };
  curves: Partial<Record<StressKind, StressCurve>>;
  falseAlarms: {
    /** Neighbouring patient numbers of a series; empty where no file name tells one. */
    blocks: (AlarmCount & { series: string; from: number; to: number })[];
    sharpness: {
      /** Of the blur, in pixels: sharpness is an image's mean difference, in grey levels, from itself blurred. */
      sigma: number;
      /** From the least sharp fourth of the images to the sharpest. */
      quarters: (AlarmCount & { from: number; to: number })[];
    };
  };
}

export interface StressCurve {
  /** The level at which nothing is changed. */
  untouched: number;
  /** In the order of the levels, the untouched one among them. */
  points: StressPoint[];
}

/** At log-odds above 0; null where the class that a figure is about is absent. */
export type StressPoint = { level: number } & Record<StressFigure, Estimate | null>;

/** With its 95 % interval: bootstrap, as SplitMetrics' intervals. */
export interface Estimate {
  value: number;
  interval: Interval;
}

/** Of NORMAL images, how many were called PNEUMONIA. */
export interface AlarmCount {
  n: number;
  alarms: number;
}

export const STRESS_FILE = "stress.json";
