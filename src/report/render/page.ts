import type { Inline, Section, Text } from "../blocks.js";
import type { RunResults } from "../results.js";

/** A whole report before layout. */
export interface Page {
  title: string;
  subtitle: string;
  /** A sentence every page carries, null for real data. */
  banner: string | null;
  /** What else must be known before reading on. */
  notices: Text[];
  sections: Section[];
}

export function pageOf({ dataset, models, settings }: RunResults, sections: Section[]): Page {
  const n = Object.keys(models).length;
  return {
    title: "Chest X-ray classifiers: NORMAL or PNEUMONIA",
    subtitle: `${n === 1 ? "One model" : `${n} models`}, trained and evaluated by pulmo on CPUs, ${settings.finishedAt.slice(0, 10)}`,
    banner: dataset.synthetic
      ? "Synthetic data: generated images, not X-rays; the numbers show that the program works and nothing else."
      : null,
    notices: dataset.limit === null
      ? []
      : [`This run used at most ${dataset.limit} images per class and split (--limit ${dataset.limit}), not the whole dataset.`],
    sections,
  };
}

export function inlines(text: Text): Inline[] {
  return Array.isArray(text) ? text : [text];
}
