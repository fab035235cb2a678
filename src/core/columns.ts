/** Terminals draw these two columns wide (Unicode UAX #11, the scripts of class names and of our languages). */
const WIDE = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

/** The width of a text in the columns of a terminal. */
export const columnsOf = (text: string): number => text.length + (text.match(WIDE)?.length ?? 0);

/** As much of the text as fits into `width` columns. */
export function cutToColumns(text: string, width: number): string {
  let end = text.length;
  while (columnsOf(text.slice(0, end)) > width) end--;
  return text.slice(0, end);
}
