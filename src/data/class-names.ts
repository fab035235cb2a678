// Names of classes given by the user. They become names of folders, fields of CSV files and text on pages.
import { CLASSES, type ClassNames } from "./types.js";

/** A letter or digit, then up to 39 more, spaces, or any of _.+- */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _.+-]{0,39}$/u;

export const CLASS_NAMES_WANTED =
  "two different names separated by a comma, of letters, digits, spaces and _.+-, 40 each at most";

/** Parses "negative,positive"; null if it is not valid. */
export function parseClassNames(text: string): ClassNames | null {
  const names = text.split(",").map((name) => name.trim().normalize());
  return areClassNames(names) ? names : null;
}

export function areClassNames(names: readonly string[]): names is [string, string] {
  const [negative, positive] = names;
  return names.length === 2 && names.every((name) => NAME.test(name)) && negative.toUpperCase() !== positive.toUpperCase();
}

/** Undefined for the default names, which need not be written down. */
export const unlessDefault = (classes: ClassNames | undefined): ClassNames | undefined =>
  classes?.every((name, label) => name === CLASSES[label]) ? undefined : classes;
