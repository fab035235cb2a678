import { InputError } from "../core/errors.js";

/** Labels must be 0 or 1 and scores finite; there must be one score per label and at least one label. */
export function checkScores(labels: ArrayLike<number>, scores: ArrayLike<number>): void {
  if (labels.length !== scores.length) {
    throw new InputError(`There are ${labels.length} labels but ${scores.length} scores; give one score per label.`);
  }
  if (labels.length === 0) throw new InputError("There are no images to score; the split is empty.");
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) {
      throw new InputError(`Label ${i} is ${labels[i]}; labels must be 0 or 1.`);
    }
    if (!Number.isFinite(scores[i])) {
      throw new InputError(`Score ${i} is ${scores[i]}: training has diverged; try a lower --lr.`);
    }
  }
}
