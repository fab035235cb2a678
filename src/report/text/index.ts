// The report's languages. A new one is a file beside this one, a line in LANGUAGES and NEUTRAL_CLASSES, and its name in languages.ts.
import { CLASSES, type ClassNames } from "../../data/types.js";
import type { KnownModels } from "../model-title.js";
import { en } from "./en.js";
import { ko } from "./ko.js";
import type { Language } from "./languages.js";

/** What the file of a language returns. */
export type LanguageWords = ReturnType<typeof en>;
/** All words of a report, with its class names. */
export type Words = LanguageWords & { classes: ClassNames };

/** A language's words are a function of the class names. */
export const LANGUAGES: Record<Language, (classes: ClassNames) => LanguageWords> = { en, ko };

/** The names of the classes on a page about runs with different ones. */
export const NEUTRAL_CLASSES: Record<Language, ClassNames> = { en: ["negative", "positive"], ko: ["음성", "양성"] };

/** The words of a language, with the titles of `known` where it has none of its own. */
export function wordsOf(language: Language, known: KnownModels, classes: ClassNames = CLASSES): Words {
  const words = LANGUAGES[language](classes);
  const titles = known.map(({ name, title }) => [name, title]);
  return { ...words, classes, titles: { ...Object.fromEntries(titles), ...words.titles } };
}
