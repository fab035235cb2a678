// Defines a command by a plain object and converts it to a yargs module.
import type { Argv, CommandModule } from "yargs";
import { InputError } from "../core/errors.js";
import { flagOf } from "../settings/table.js";
import type { Cli } from "./context.js";
import { type Arguments, argumentsOf, optionsOf, type Rows } from "./rows.js";
import { operandOf } from "./words.js";

/** A repeated option is an array, of which rows.ts takes the last. A name such as --threads.jpeg is no field of --threads. */
export const PARSING = { "dot-notation": false, "camel-case-expansion": false, "parse-numbers": false };
export const EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 bad usage or bad input, 130 interrupted.";

interface Positional {
  describe: string;
  /** Shown where it is missing. */
  example?: string;
  /** Can be repeated, as `image..` in `command`. */
  many?: true;
  /** Optional, as `[image]` in `command`. */
  optional?: true;
}

type Positionals<P extends Record<string, Positional>> = {
  [K in keyof P]: P[K] extends { many: true } ? string[] : P[K] extends { optional: true } ? string | undefined : string;
};

interface Definition<O extends Rows, P extends Record<string, Positional>> {
  /** The name and its positional arguments: "weights", "info <file>", "predict [image..]". */
  command: string;
  describe: string;
  positionals?: P;
  options: O;
  /** Without the program's name. */
  examples?: string[];
  notes?: string[];
  /** Keys of options under a heading of help, as far as the command has them. The others stand under "Options". */
  headings?: Record<string, readonly string[]>;
  /** Imports its code dynamically, so that help and other commands start quickly. */
  run(given: Arguments<O>, cli: Cli, positionals: Positionals<P>): Promise<void>;
}

/** A command with its options and positional arguments, by which messages explain them. */
export interface Command extends CommandModule {
  rows: Rows;
  positionals: Record<string, Positional>;
}

/** Options that many commands have, listed last. */
const GENERAL = ["quiet", "json", "lang", "revectorize", "help"];

export function defineCommand<O extends Rows, P extends Record<string, Positional>>(definition: Definition<O, P>): Command {
  const { command, describe, positionals, options, examples = [], notes = [], headings = {}, run } = definition;
  return {
    command,
    describe,
    rows: options,
    positionals: positionals ?? {},
    builder(y: Argv) {
      for (const [name, { describe, many = false }] of Object.entries(positionals ?? {}))
        y.positional(name, { type: "string", array: many, describe });
      y.options(optionsOf(options)).version(false);
      for (const [heading, flags] of Object.entries(underHeadings(Object.keys(options), headings))) y.group(flags, `${heading}:`);
      for (const example of examples) y.example(example.includes("$0") ? example : `$0 ${example}`, "");
      return y.epilogue([...notes, EXIT_CODES].join("\n"));
    },
    handler: (argv) => run(argumentsOf(argv, options), argv.cli as Cli, positionalsOf(argv, positionals ?? ({} as P))),
  };
}

/** Flags by heading: those of `headings`, then the others, then general ones. */
function underHeadings(keys: readonly string[], headings: Record<string, readonly string[]>): Record<string, string[]> {
  const named = [...Object.values(headings).flat(), ...GENERAL];
  const own = Object.entries(headings).map(([heading, list]) => [heading, list.filter((key) => keys.includes(key))] as const);
  const others = keys.filter((key) => !named.includes(key));
  const lists = [...own, ["Options", others] as const, ["General options", generalAmong(keys)] as const];
  return Object.fromEntries(lists.flatMap(([heading, list]) => (list.length > 0 ? [[heading, list.map(flagOf)]] : [])));
}

/** --revectorize and --help are options of every command. */
const generalAmong = (keys: readonly string[]): string[] =>
  GENERAL.filter((key) => keys.includes(key) || key === "revectorize" || key === "help");

function positionalsOf<P extends Record<string, Positional>>(argv: Record<string, unknown>, rows: P): Positionals<P> {
  const typed = Object.keys(rows).map((name) => [name, argv[name] as string[] | string | undefined] as const);
  if (typed.some(([, words]) => words !== undefined && [words].flat().includes(""))) {
    throw new InputError("The name of a file or folder is empty: check the variables and quotes of the command.");
  }
  const given = typed.map(([name, words]) => [name, Array.isArray(words) ? words.map(operandOf) : words && operandOf(words)]);
  return Object.fromEntries(given) as Positionals<P>;
}

/** "info" of "info <file>" */
export const nameOf = ({ command }: CommandModule): string => String(command).split(" ")[0];

/** Commands under a common name: `data fetch`, `data check`. */
export interface Group extends CommandModule {
  commands: Command[];
}

export function defineGroup(name: string, describe: string, commands: Command[]): Group {
  const names = commands.map((command) => `${name} ${nameOf(command)}`);
  const listed = [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" or ");
  return {
    command: name,
    describe,
    commands,
    builder: (y: Argv) =>
      commands
        .reduce((so, command) => so.command(command), y.version(false))
        .demandCommand(1, `Give a subcommand: ${listed}.`)
        .epilogue(EXIT_CODES),
    handler() {},
  };
}
