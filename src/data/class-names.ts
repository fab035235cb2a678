// Names of classes that somebody gives: they become folders' names, fields of a CSV and words on a page.
import { CLASSES, type ClassNames } from "./types.js";

/** A letter or digit, then up to 39 more, spaces, or any of _.+- */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _.+-]{0,39}$/u;

export const CLASS_NAMES_WANTED =
  "two different names separated by a comma, of letters, digits, spaces and _.+-, 40 each at most";

/** "negative,positive"; null where it is not what is wanted. */
export function parseClassNames(text: string): ClassNames | null {
  const names = text.split(",").map((name) => name.trim().normalize());
  return areClassNames(names) ? names : null;
}

export function areClassNames(names: readonly string[]): names is [string, string] {
  const [negative, positive] = names;
  return names.length === 2 && names.every((name) => NAME.test(name)) && negative.toUpperCase() !== positive.toUpperCase();
}

/** Undefined for the default ones, which need not be said. */
export const unlessDefault = (classes: ClassNames | undefined): ClassNames | undefined =>
  classes?.every((name, label) => name === CLASSES[label]) ? undefined : classes;
