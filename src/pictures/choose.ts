// Which test images are shown.
import { predictAt } from "../eval/confusion.js";
import type { PredictionRow } from "../eval/predictions.js";

/** Missed pneumonias, and false alarms, at most. */
const ERRORS_OF_A_KIND = 12;
/** Images with a map, at most. */
export const EXAMPLES = 8;

/** Of that label and prediction: indexes of rows, surest first, equally sure ones in the rows' order. */
function surest(rows: readonly PredictionRow[], label: 0 | 1, predicted: 0 | 1): number[] {
  const side = predictAt(rows.map((row) => row.logit));
  return bySureness(
    rows,
    [...rows.keys()].filter((i) => rows[i].label === label && side[i] === predicted),
  );
}

const bySureness = (rows: readonly PredictionRow[], indexes: number[]): number[] =>
  indexes.sort((a, b) => Math.abs(rows[b].logit) - Math.abs(rows[a].logit) || a - b);

/** Indexes of the images on the wrong side of 0.5, surest first. */
export function chooseErrors(rows: readonly PredictionRow[]): number[] {
  const kinds = [surest(rows, 1, 0), surest(rows, 0, 1)];
  return bySureness(
    rows,
    kinds.flatMap((kind) => kind.slice(0, ERRORS_OF_A_KIND)),
  );
}

/**
 * Indexes of images to explain: the two surest of NORMAL and of PNEUMONIA that were seen right, then of the missed
 * pneumonias and of the false alarms; where a kind has fewer, the others' next ones, taking turns.
 */
export function chooseExamples(rows: readonly PredictionRow[]): number[] {
  const kinds = [surest(rows, 0, 0), surest(rows, 1, 1), surest(rows, 1, 0), surest(rows, 0, 1)];
  const taken = kinds.map(() => 0);
  const total = Math.min(EXAMPLES, rows.length);
  for (let left = total, turn = 0; left > 0; turn++) {
    kinds.forEach((kind, k) => {
      if (left === 0 || taken[k] > turn || taken[k] === kind.length) return;
      taken[k]++;
      left--;
    });
  }
  return kinds.flatMap((kind, k) => kind.slice(0, taken[k]));
}
