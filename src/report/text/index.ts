// The report's languages. A new one is a file beside this one and a line here.
import { en } from "./en.js";
import { ko } from "./ko.js";

/** Everything a language must say. */
export type Words = typeof en;

export const LANGUAGES = { en, ko } satisfies Record<string, Words>;

export type Language = keyof typeof LANGUAGES;
