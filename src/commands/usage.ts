// Wrong command lines, said in this program's words.
import { InputError } from "../core/errors.js";
import { PROGRAM } from "../run/program.js";

const UNKNOWN = "unknown: ";
const MISSING = "missing: ";

/** yargs' messages, by its keys. */
export const MESSAGES = {
  "Not enough arguments following: %s": "--%s needs a value.",
  "Missing required argument: %s": { one: "--%s is missing: give its value.", other: "Options are missing: %s." },
  "Not enough non-option arguments: got %s, need at least %s": { one: `${MISSING}%s %s`, other: `${MISSING}%s %s` },
  "Unknown argument: %s": { one: `${UNKNOWN}%s`, other: `${UNKNOWN}%s` },
  "Unknown command: %s": { one: `${UNKNOWN}%s`, other: `${UNKNOWN}%s` },
  "Options:": "Options (defaults in brackets):",
  "Show help": "Show this text",
  "Show version number": "Show the version",
} as unknown as Record<string, string>;

export function usageError(message: string): InputError {
  if (message.startsWith(MISSING)) {
    return new InputError(`A file or folder is missing after "${process.argv[2]}": see ${PROGRAM} ${process.argv[2]} --help.`);
  }
  if (!message.startsWith(UNKNOWN)) return new InputError(message.split("\n")[0]);
  const typed = process.argv.slice(2);
  const name = message.slice(UNKNOWN.length).split(", ")[0];
  const option = typed.find((word) => word.startsWith("-") && word.replace(/^--?(no-)?/, "").split("=")[0] === name);
  const command = typed[0] === name || typed[0].startsWith("-") ? "" : ` ${typed[0]}`;
  const what = option ? `option ${option.split("=")[0]}` : typed[0] === name ? `command "${name}"` : `argument "${name}"`;
  return new InputError(`Unknown ${what}: see ${PROGRAM}${command} --help.`);
}
