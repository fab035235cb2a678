// Plots as PNG, for slides.
import { InputError } from "../../core/errors.js";
import type { Language } from "../text/languages.js";

/** A slide of 16:9. */
const SLIDE = { width: 1920, height: 1080 };
/** Units of SVG per inch, in librsvg. */
const UNITS = 72;

/** As large as a slide allows. `svg`: a standalone one. */
export async function pngOf(svg: string): Promise<Buffer> {
  const [, width, height] = /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
  return render(svg, Math.min(SLIDE.width / width, SLIDE.height / height));
}

/** Lazy: other commands do not need it. */
async function render(svg: string, scale: number): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(Buffer.from(svg), { density: UNITS * scale })
    .png({ palette: true })
    .toBuffer();
}

/** A letter that plots in the language have. */
const LETTERS: Record<Language, string> = { en: "A", ko: "가" };
/** Of the private use area: no font has it. */
const NO_LETTER = "\uE000";

/** Throws an InputError if this machine has no font for the language. The text of an SVG needs none until it is shown. */
export async function requireFont(language: Language = "en"): Promise<void> {
  const drawn = (letter: string) =>
    render(
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="5" y="30" font-family="system-ui, sans-serif">${letter}</text></svg>`,
      1,
    );
  if (!(await drawn(LETTERS[language])).equals(await drawn(NO_LETTER))) return;
  const example = language === "ko" ? "fonts-nanum" : "fonts-dejavu";
  throw new InputError(
    `--plots png: this machine has no font for the text of the plots: install one (Debian: ${example}), or use --plots svg.`,
  );
}
