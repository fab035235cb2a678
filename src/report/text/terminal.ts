// The words of the terminal. Apart from those of the report, which most commands need not load.
import type { Language } from "./languages.js";
import { terminalEn } from "./terminal-en.js";
import { terminalKo } from "./terminal-ko.js";

export type TerminalWords = typeof terminalEn;

const WORDS: Record<Language, TerminalWords> = { en: terminalEn, ko: terminalKo };

export const terminalWords = (language: Language = "en"): TerminalWords => WORDS[language];
