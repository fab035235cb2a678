// Plots as PNG, for slides.
import { InputError } from "../../core/errors.js";
import type { Language } from "../text/languages.js";
import { PLOT_FORMATS, type PlotFormat } from "./formats.js";

/** In pixels. A slide has 1920; a plot of many rows is taller than a slide, and narrower than that. */
const MOST = { width: 1920, height: 2560 };
/** Units of SVG per inch, in librsvg. */
const UNITS = 72;

/** 1920 pixels wide, at most 2560 high. `svg`: a standalone one. */
export async function pngOf(svg: string): Promise<Buffer> {
  const [, width, height] = /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
  const scale = Math.min(MOST.width / width, MOST.height / height);
  // Lazy: other commands do not need it.
  const { default: sharp } = await import("sharp");
  return sharp(Buffer.from(svg), { density: UNITS * scale })
    .png()
    .toBuffer();
}

/** A letter that plots in the language have. */
const LETTERS: Record<Language, string> = { en: "A", ko: "가" };

/** All that this machine can draw: the text of an SVG needs no font until it is shown, that of a PNG does. */
export const drawableFormats = async (language: Language): Promise<readonly PlotFormat[]> =>
  (await hasGlyph(LETTERS[language])) ? PLOT_FORMATS : ["svg"];

/** Throws an InputError if this machine has no font for the language. */
export async function requireFont(language: Language = "en"): Promise<void> {
  if ((await drawableFormats(language)).includes("png")) return;
  const [example, text] = language === "ko" ? ["fonts-nanum", "Korean"] : ["fonts-dejavu", "the text of the plots"];
  throw new InputError(
    `--plots png: this machine has no font for ${text}: install one (Debian: ${example}), or use --plots svg.`,
  );
}

/** Unicode assigns it to nothing, so no font has it. */
const NO_LETTER = "\u2FE0";
/** Boxes with different codes share more than half of their dark pixels; a letter and a box share a fifth. */
const ALIKE = 0.4;

/** Whether a font has the letter. Otherwise nothing is drawn, or a box with its code. */
export async function hasGlyph(letter: string): Promise<boolean> {
  const [own, none] = [await inkOf(letter), await inkOf(NO_LETTER)];
  const either = own.filter((ink, i) => ink || none[i]).length;
  const both = own.filter((ink, i) => ink && none[i]).length;
  return both < ALIKE * either;
}

/** Which pixels of the drawn letter are dark. */
async function inkOf(letter: string): Promise<boolean[]> {
  const { default: sharp } = await import("sharp");
  const text = `<text x="10" y="60" font-size="48" font-family="system-ui, sans-serif">${letter}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><rect width="80" height="80" fill="#fff"/>${text}</svg>`;
  const grey = await sharp(Buffer.from(svg)).greyscale().raw().toBuffer();
  return [...grey].map((value) => value < 128);
}
