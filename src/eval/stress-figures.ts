// The metrics of a stress test, and the false positives by group of images.
import { group } from "d3-array";
import { patientOf, placeOf } from "../data/names.js";
import type { AlarmCount, Estimate, StressFigure, StressResults } from "../results/stress-results.js";
import { bootstrapIntervals } from "./intervals.js";
import { rocAucScore } from "./roc.js";
import { thresholdMetrics } from "./thresholds.js";

/** The metrics at one level. labels: 0 or 1; logOdds: of the positive class. */
export function stressFigures(labels: ArrayLike<number>, logOdds: ArrayLike<number>): Record<StressFigure, Estimate | null> {
  const auc = rocAucScore(labels, logOdds);
  const { recall, specificity } = thresholdMetrics(labels, logOdds, 0);
  const intervals = bootstrapIntervals(labels, logOdds);
  // The interval is null if its class is absent. The metric's value, 0, is then meaningless.
  const estimate = (figure: StressFigure, value: number | null): Estimate | null => {
    const interval = intervals[figure];
    return value === null || interval === null ? null : { value, interval };
  };
  return { auc: estimate("auc", auc), recall: estimate("recall", recall), specificity: estimate("specificity", specificity) };
}

/** An unchanged image of the negative class. */
export interface NormalImage {
  file: string;
  logOdds: number;
  sharpness: number;
}

const countFalsePositives = (images: readonly NormalImage[]): AlarmCount => ({
  n: images.length,
  alarms: images.filter(({ logOdds }) => logOdds > 0).length,
});

/** Target size of a block. */
const BLOCK_IMAGES = 30;

/** Blocks sorted by the name of the series, then by number. The images of a patient stay in one block. */
export function falsePositivesByBlock(images: readonly NormalImage[]): StressResults["falseAlarms"]["blocks"] {
  const placed = images.flatMap((image) => {
    const place = placeOf(image);
    return place ? [{ ...place, image }] : [];
  });
  const series = [...group(placed, ({ series: name }) => name)].sort(([a], [b]) => (a < b ? -1 : 1));
  return series.flatMap(([name, own]) => {
    const count = Math.max(1, Math.round(own.length / BLOCK_IMAGES));
    const patients = [...group(own, ({ image }) => patientOf(image)).values()].sort(([a], [b]) => a.number - b.number);
    let before = 0;
    const blocks = group(patients, (patient) => {
      const block = Math.floor((before * count) / own.length);
      before += patient.length;
      return block;
    });
    return [...blocks.values()].map((members) => ({
      series: name,
      from: members[0][0].number,
      to: members.at(-1)![0].number,
      ...countFalsePositives(members.flat().map(({ image }) => image)),
    }));
  });
}

/** Quartiles of the images by sharpness; fewer than four groups if there are fewer than four images. */
export function falsePositivesBySharpness(images: readonly NormalImage[]): StressResults["falseAlarms"]["sharpness"]["quarters"] {
  const sorted = [...images].sort((a, b) => a.sharpness - b.sharpness);
  const rank = (quarter: number) => Math.ceil((quarter * sorted.length) / 4);
  const quarters = [0, 1, 2, 3].map((quarter) => sorted.slice(rank(quarter), rank(quarter + 1)));
  return quarters
    .filter((members) => members.length > 0)
    .map((members) => ({ from: members[0].sharpness, to: members.at(-1)!.sharpness, ...countFalsePositives(members) }));
}
