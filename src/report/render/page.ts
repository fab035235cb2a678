import type { RunResults } from "../../results/metrics.js";
import type { Inline, Section, Text } from "../blocks.js";
import { type Mark, markOf } from "../dataset-mark.js";
import type { Words } from "../text/index.js";

/** A whole report before layout. */
export interface Page {
  title: string;
  subtitle: string;
  /** A sentence every page carries, null for real data. */
  banner: Mark | null;
  /** What else must be known before reading on. */
  notices: Text[];
  sections: Section[];
  /** The words of the frame. */
  t: Words;
}

export function pageOf({ dataset, models, settings }: RunResults, sections: Section[], t: Words): Page {
  return {
    title: t.page.title,
    subtitle: t.page.subtitle(Object.keys(models).length, settings.finishedAt.slice(0, 10)),
    banner: markOf(dataset, t),
    notices: dataset.limit === null ? [] : [t.page.limited(dataset.limit)],
    sections,
    t,
  };
}

export function inlines(text: Text): Inline[] {
  return Array.isArray(text) ? text : [text];
}
