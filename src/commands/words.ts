// The words of a command line, before yargs parses them.
import { existsSync } from "node:fs";
import { InputError } from "../core/errors.js";

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
export function checkLetters(words: readonly string[], program: string): void {
  const unknown = words.find(
    (word, i) => /^-[^-]/.test(word) && !LETTERS.includes(word) && !NUMBER.test(word) && !isVersion(word, i),
  );
  if (unknown !== undefined) throw unknownOption(unknown, words, program);
}

const isVersion = (word: string, i: number): boolean => word === "-V" && i === 0;

/** `typed`: the option as it was typed, without its value. */
export function unknownOption(typed: string, [first = ""]: readonly string[], program: string): InputError {
  const command = first.startsWith("-") ? "" : ` ${first}`;
  const isName = /^-[^-]./.test(typed) || /[./\\]/.test(typed) || existsSync(typed);
  const advice = isName ? ", or write -- before names that begin with a dash" : "";
  return new InputError(`Unknown option ${typed}: see ${program}${command} --help${advice}.`);
}
