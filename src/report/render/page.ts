import type { RunResults } from "../../results/metrics.js";
import type { Inline, Section, Text } from "../blocks.js";
import { type Mark, markOf } from "../dataset-mark.js";
import type { Words } from "../text/index.js";

/** A report before layout. */
export interface Page {
  title: string;
  subtitle: string;
  /** A notice shown on every page; null for the user's own data. */
  banner: Mark | null;
  /** Other notices at the top. */
  notices: Text[];
  sections: Section[];
  /** The words outside the sections. */
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
