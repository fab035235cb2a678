// The report's languages. A new one is a file beside this one, a line here and its name in languages.ts.
import type { KnownModels } from "../published.js";
import { en } from "./en.js";
import { ko } from "./ko.js";
import type { Language } from "./languages.js";

/** Everything a language must say. */
export type Words = typeof en;

export const LANGUAGES: Record<Language, Words> = { en, ko };

/** A language's words, with the titles of `known` where it has none of its own. */
export function wordsOf(language: Language, known: KnownModels): Words {
  const words = LANGUAGES[language];
  const titles = known.map(({ name, title }) => [name, title]);
  return { ...words, titles: { ...Object.fromEntries(titles), ...words.titles } };
}
