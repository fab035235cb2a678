// The words of a command line, before yargs parses them.

/** Marks the words after "--" as operands (POSIX Utility Syntax Guideline 10). No argument of a process contains this character. */
const OPERAND = "\0";

export function markOperands(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return end < 0 ? [...args] : [...args.slice(0, end), ...args.slice(end + 1).map((word) => OPERAND + word)];
}

export const operandOf = (word: string): string => (word.startsWith(OPERAND) ? word.slice(1) : word);

const LETTERS = ["-h"];
const NUMBER = /^-(\d|\.\d)/;

/** yargs would read -dash.jpeg as seven options of one letter, and -h among them as a call for help. */
export const unknownLetters = (words: readonly string[]): string | undefined =>
  words.find((word, i) => /^-[^-]/.test(word) && !LETTERS.includes(word) && !NUMBER.test(word) && !isVersion(word, i));

const isVersion = (word: string, i: number): boolean => word === "-V" && i === 0;
