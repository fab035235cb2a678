// The command line as a list of commands. Every command imports what it needs when it is called, so help starts at once.
import yargs, { type Argv } from "yargs";
import { version } from "../node/version.js";
import { pick, SETTINGS } from "../settings/table.js";
import { adapt } from "./adapt.js";
import { bench } from "./bench.js";
import { isQuestion } from "./completion.js";
import type { Cli } from "./context.js";
import { data } from "./data.js";
import { type Command, EXIT_CODES, type Group, nameOf, PARSING } from "./define.js";
import { evaluate } from "./evaluate.js";
import { exportModel } from "./export.js";
import { gather } from "./gather.js";
import { model } from "./model.js";
import { predict } from "./predict.js";
import { report } from "./report.js";
import { optionsOf } from "./rows.js";
import { run } from "./run.js";
import { sweep } from "./sweep.js";
import { train } from "./train.js";
import { MESSAGES, type Subject, subjectOf, unknownOption, usageError } from "./usage.js";
import { verify } from "./verify.js";
import { view } from "./view.js";
import { readVariant, withoutRevectorizer } from "./wasm.js";
import { weights } from "./weights.js";
import { unknownLetters } from "./words.js";

const COMMANDS: (Command | Group)[] = [
  ...[run, train, evaluate, predict, gather, adapt, exportModel, view],
  ...[model, weights, data, sweep, bench, report, verify],
];

/** "run", "weights", "weights fetch" */
export const COMMAND_NAMES = COMMANDS.flatMap((command) => {
  const name = nameOf(command);
  return [name, ...("commands" in command ? command.commands.map((inner) => `${name} ${nameOf(inner)}`) : [])];
});

const HELP = ["--help", "-h"];

/** `words`: those behind the program's name. `wasm`: PULMO_WASM. */
export function createParser(words: string[], { program }: Pick<Cli, "program">, wasm?: string): Argv {
  const subject = isQuestion(words) ? undefined : checked(words, program);
  const parser = yargs(words)
    .exitProcess(false)
    .scriptName(program)
    .usage("$0 <command> [options]\n\nTrains and compares chest X-ray classifiers on the CPU.")
    .version(version)
    .alias({ help: "h", version: "V" })
    .parserConfiguration(PARSING)
    .updateStrings(MESSAGES)
    .options(optionsOf(pick(SETTINGS, "revectorize")))
    .middleware((argv) => {
      const variant = readVariant(wasm);
      (argv.cli as Cli).wasm = argv.revectorize === false ? withoutRevectorizer(variant) : variant;
    })
    .strict()
    .fail((message, error) => {
      // yargs reports its own errors, and those of an option's `coerce`, as a YError.
      if (!subject || (error && error.name !== "YError")) throw error;
      throw usageError(message ?? error.message, subject);
    })
    .epilogue(`"$0 help <command>" or "$0 <command> --help" lists a command's options.\n${EXIT_CODES}\nNot for clinical use.`);
  // yargs renders a command's help whenever it runs: without widths that takes a few milliseconds instead of 20.
  if (!words.some((word) => HELP.includes(word))) parser.wrap(null);
  return COMMANDS.reduce((so, command) => so.command(command), parser).completion(
    "completion",
    "Print a script that completes commands and options in bash, zsh or fish",
  );
}

/** What the words are about. Throws an InputError if they name no command, or options of one letter. */
function checked(words: string[], program: string): Subject {
  const subject = subjectOf(words, COMMANDS, program);
  const letters = unknownLetters(words);
  if (letters !== undefined) throw unknownOption(letters, subject);
  return subject;
}
