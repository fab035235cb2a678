// The words for a label in CSV files and in memory.
import { folded } from "./same-name.js";
import type { ClassNames, Label } from "./types.js";

const TRUTH: ReadonlyMap<string, Label> = new Map([
  ...["false", "no", "n", "negative"].map((word) => [word, 0] as const),
  ...["true", "yes", "y", "positive"].map((word) => [word, 1] as const),
]);

/** What tools write for a label that is uncertain (CheXpert: -1) or absent. */
const NO_LABEL = /^(|-1|nan|n\/?a|<na>|none|null|\?|u|uncertain|unknown|not mentioned)$/;

/** 1.0, 1, 1,0 (with a decimal comma) and +1.00 are "1"; other words stay as they are. */
const plainNumber = (word: string): string => (/^[+-]?\d+([.,]0*)?$/.test(word) ? String(Number.parseInt(word, 10)) : word);

const normalized = (word: string): string => plainNumber(folded(word));

/** Spellings that are remembered, because a large file has few. */
const MOST_KNOWN = 1000;

/**
 * Reads labels: class names in any case, 0 and 1 in any notation, true and false, yes and no. A class may be called "1" or "no":
 * names take precedence over numbers, and exclude the other words. Undefined: another word.
 */
export function labelReader(classes: ClassNames): (word: string) => Label | undefined {
  const names = classes.map(normalized);
  const words = new Map<string, Label>(names.some((name) => TRUTH.has(name)) ? [] : TRUTH);
  for (const label of [0, 1] as const) words.set(String(label), label);
  for (const label of [0, 1] as const) words.set(names[label], label);
  const known = new Map<string, Label | undefined>();
  return (word) => {
    if (!known.has(word)) {
      if (known.size > MOST_KNOWN) known.clear();
      known.set(word, words.get(normalized(word)));
    }
    return known.get(word);
  };
}

/** Whether the word says that the label is uncertain or absent. */
export const isNoLabel = (word: string): boolean => NO_LABEL.test(normalized(word));

/** For messages. */
export const labelsWanted = ([negative, positive]: ClassNames): string => `use ${negative} or 0, ${positive} or 1`;
