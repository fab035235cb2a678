// Messages for wrong command lines, in place of yargs' own.
import { InputError } from "../core/errors.js";
import { operandOf, unknownOption } from "./words.js";

const UNKNOWN = "unknown: ";
const MISSING = "missing: ";

/** By yargs' keys. */
export const MESSAGES = {
  "Not enough arguments following: %s": "--%s needs a value.",
  "Missing required argument: %s": { one: "--%s is missing: give its value.", other: "Options are missing: %s." },
  "Not enough non-option arguments: got %s, need at least %s": { one: `${MISSING}%s %s`, other: `${MISSING}%s %s` },
  "Unknown argument: %s": { one: `${UNKNOWN}%s`, other: `${UNKNOWN}%s` },
  "Unknown command: %s": { one: `${UNKNOWN}%s`, other: `${UNKNOWN}%s` },
} as unknown as Record<string, string>;

/** `message`: yargs', by the words above. */
export function usageError(message: string, args: readonly string[], program: string): InputError {
  if (message.startsWith(MISSING)) {
    return new InputError(`A file or folder is missing after "${args[0]}": see ${program} ${args[0]} --help.`);
  }
  if (!message.startsWith(UNKNOWN)) return new InputError(message.split("\n")[0]);
  const name = operandOf(message.slice(UNKNOWN.length).split(", ")[0]);
  const option = args.find((word) => word.startsWith("-") && word.replace(/^--?(no-)?/, "").split("=")[0] === name);
  if (option !== undefined) return unknownOption(option.split("=")[0], args, program);
  const command = args[0] === name || args[0].startsWith("-") ? "" : ` ${args[0]}`;
  const what = args[0] === name ? `command "${name}"` : `argument "${name}"`;
  return new InputError(`Unknown ${what}: see ${program}${command} --help.`);
}
