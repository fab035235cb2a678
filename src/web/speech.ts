// The page's words and status line, in the chosen language.
import { byId } from "./elements.js";
import { firstLanguage, type Language, say, type Word } from "./words.js";

let language: Language = firstLanguage();
/** Shown again when the language changes. */
let status: [Word, Record<string, string | number>] | undefined;

export const word = (name: Word, values?: Record<string, string | number>) => say(language, name, values);

export function tell(name?: Word, values: Record<string, string | number> = {}): void {
  status = name && [name, values];
  byId("said").textContent = name ? word(name, values) : "";
}

export function drawWords(): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>("[data-word]")) {
    element.textContent = word(element.dataset.word as Word);
  }
  byId("promise").textContent = word("promise");
  byId("language").textContent = word("otherLanguage");
  byId("language").lang = language === "en" ? "ko" : "en";
  if (status) tell(...status);
}

export function switchLanguage(): void {
  language = language === "en" ? "ko" : "en";
  drawWords();
}
