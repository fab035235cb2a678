// Chooses the test images that the report shows.
import { predictAt } from "../eval/confusion.js";
import type { PredictionRow } from "../eval/predictions.js";

/** Maximum number of false negatives, and of false positives. */
const ERRORS_OF_A_KIND = 12;
/** Maximum number of images with a map. */
export const EXAMPLES = 8;

/** Indexes of the rows with this label and prediction, most confident first; ties in the order of the rows. */
function mostConfident(rows: readonly PredictionRow[], label: 0 | 1, predicted: 0 | 1, threshold = 0): number[] {
  const side = predictAt(
    rows.map((row) => row.logit),
    threshold,
  );
  return byConfidence(
    rows,
    [...rows.keys()].filter((i) => rows[i].label === label && side[i] === predicted),
    threshold,
  );
}

const byConfidence = (rows: readonly PredictionRow[], indexes: number[], threshold: number): number[] =>
  indexes.sort((a, b) => Math.abs(rows[b].logit - threshold) - Math.abs(rows[a].logit - threshold) || a - b);

/** Indexes of wrong predictions at the threshold (in log-odds), most confident first. */
export function chooseErrors(rows: readonly PredictionRow[], threshold = 0): number[] {
  const kinds = [mostConfident(rows, 1, 0, threshold), mostConfident(rows, 0, 1, threshold)];
  return byConfidence(
    rows,
    kinds.flatMap((kind) => kind.slice(0, ERRORS_OF_A_KIND)),
    threshold,
  );
}

/**
 * Indexes of images to explain: the two most confident of the true negatives, true positives, false negatives and false
 * positives. If a kind has fewer, the next ones of the other kinds take their places in turn.
 */
export function chooseExamples(rows: readonly PredictionRow[]): number[] {
  const kinds = [mostConfident(rows, 0, 0), mostConfident(rows, 1, 1), mostConfident(rows, 1, 0), mostConfident(rows, 0, 1)];
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
