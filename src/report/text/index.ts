// The report's languages. A new one is a file beside this one, a line here and its name in languages.ts.
import { unlessDefault } from "../../data/class-names.js";
import { CLASSES, type ClassNames } from "../../data/types.js";
import type { KnownModels } from "../model-title.js";
import { en } from "./en.js";
import { ko } from "./ko.js";
import type { Language } from "./languages.js";

/** What the files of languages hold. */
export type LanguageWords = typeof en;
/** Everything a language must say, of classes of these names. */
export type Words = LanguageWords & { classes: ClassNames };

export const LANGUAGES: Record<Language, LanguageWords> = { en, ko };

/** A language's words, with the titles of `known` where it has none of its own. */
export function wordsOf(language: Language, known: KnownModels, classes: ClassNames = CLASSES): Words {
  const words = { ...named(LANGUAGES[language], classes), classes };
  const titles = known.map(({ name, title }) => [name, title]);
  return { ...words, titles: { ...Object.fromEntries(titles), ...words.titles } };
}

/** The same words, and what functions among them return, with other classes' names in the place of NORMAL and PNEUMONIA. */
function named<T>(words: T, classes: ClassNames): T {
  if (!unlessDefault(classes)) return words;
  const cases = (words as { cases?: string[] }).cases ?? [];
  const old = new RegExp(`\\b(?:NORMAL|PNEUMONIA)\\b|${cases.join("|")}`, "g");
  const rename = (text: string) => text.replace(old, (word) => classes[word === CLASSES[0] ? 0 : 1]);
  const visit = (value: unknown): unknown => {
    if (typeof value === "string") return rename(value);
    if (typeof value === "function") return (...args: unknown[]) => visit(value(...args));
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(words) as T;
}
