// The validation set of a training: a part of train instead of the dataset's own.
import type { PixelRows, Split } from "./types.js";
import { chooseBlocks, chooseFold, chooseValidation, selectRows } from "./validation.js";

export interface Validation {
  share: number;
  seed: number;
  by: "patients" | "blocks";
  /** Replaces the share. */
  fold: { index: number; of: number } | undefined;
}

/** Replaces val by a part of train. Returns a note about it. */
export function takeValidation(splits: Record<Split, PixelRows>, { share, seed, by, fold }: Validation): string {
  const choose = { patients: chooseValidation, blocks: chooseBlocks }[by];
  const { images } = splits.train;
  const chosen = fold ? chooseFold(images, fold.index, fold.of) : choose(images, share, seed);
  const left = splits.val.images.length;
  splits.val = selectRows(splits.train, chosen);
  splits.train = selectRows(
    splits.train,
    chosen.map((taken) => !taken),
  );
  const which = fold
    ? `fold ${fold.index + 1} of ${fold.of} by patient`
    : by === "blocks"
      ? "whole patients in blocks of consecutive numbers"
      : "whole patients";
  return `${splits.val.images.length} training images, ${which}, are the validation set; the dataset's own ${left} are not used.`;
}
