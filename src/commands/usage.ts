// Messages for wrong command lines, in place of yargs' own.
import { existsSync } from "node:fs";
import { InputError } from "../core/errors.js";
import { typedWord } from "../settings/shell.js";
import { flagOf } from "../settings/table.js";
import { closest } from "./closest.js";
import { type Command, type Group, nameOf } from "./define.js";
import { operandOf } from "./words.js";

const [UNKNOWN, UNGIVEN, NO_OPERAND, NO_VALUE] = ["unknown: ", "ungiven: ", "no operand: ", "no value: "];

/** By yargs' keys. */
export const MESSAGES = {
  "Not enough arguments following: %s": `${NO_VALUE}%s`,
  "Missing required argument: %s": { one: `${UNGIVEN}%s`, other: `${UNGIVEN}%s` },
  "Not enough non-option arguments: got %s, need at least %s": { one: `${NO_OPERAND}%s`, other: `${NO_OPERAND}%s` },
  "Unknown argument: %s": { one: `${UNKNOWN}%s`, other: `${UNKNOWN}%s` },
  "Unknown command: %s": { one: `${UNKNOWN}%s`, other: `${UNKNOWN}%s` },
} as unknown as Record<string, string>;

/** What a command line is about. */
export interface Subject {
  program: string;
  /** The words before yargs parses them. */
  words: readonly string[];
  /** "sweep plan"; empty before the first command. */
  name: string;
  command: Command | Group | undefined;
}

/** Options of every command. */
const GENERAL = ["help", "revectorize"];
/** Options of other programs, and ours for the same purpose. */
const ELSEWHERE: Record<string, string[]> = {
  "learning-rate": ["lr"],
  workers: ["threads"],
  "num-workers": ["threads"],
  jobs: ["threads"],
  cores: ["threads"],
  pretrained: ["weights"],
  model: ["models", "checkpoint"],
  input: ["data", "list"],
  output: ["out", "csv"],
};
const OTHER_PROCESSORS = ["gpu", "gpus", "cuda", "device", "mps", "cpu"];

/** The command that the first words name. Throws an InputError if they nearly do. */
export function subjectOf(words: readonly string[], commands: readonly (Command | Group)[], program: string): Subject {
  const none: Subject = { program, words, name: "", command: undefined };
  const command = find(words[0], commands, none);
  if (!command) return none;
  const outer = { program, words, name: nameOf(command), command };
  const inner = "commands" in command ? find(words[1], command.commands, outer) : undefined;
  return inner ? { ...outer, name: `${outer.name} ${nameOf(inner)}`, command: inner } : outer;
}

/** Commands that yargs defines. */
const BUILT_IN = ["completion", "help"];

function find<C extends Command | Group>(word: string | undefined, commands: readonly C[], outer: Subject): C | undefined {
  if (word === undefined || word.startsWith("-")) return undefined;
  const command = commands.find((c) => nameOf(c) === word);
  if (command || BUILT_IN.includes(word)) return command;
  const full = (name: string) => `${outer.name} ${name}`.trim();
  const inGroups = commands.flatMap((c) => ("commands" in c ? c.commands.map((inner) => `${nameOf(c)} ${nameOf(inner)}`) : []));
  const near = closest(operandOf(word), commands.map(nameOf));
  const meant = near ? [full(near)] : inGroups.filter((name) => name.endsWith(` ${word}`));
  throw refusal(`Unknown command "${full(operandOf(word))}"`, meant, outer);
}

/** `message`: yargs', by the words above. */
export function usageError(message: string, subject: Subject): InputError {
  const { words } = subject;
  const typed = words.find((word) => word.startsWith("--") && !isKnown(word, subject));
  if (typed !== undefined) return unknownOption(typed, subject);
  if (message.startsWith(NO_VALUE)) return withoutValue(message.slice(NO_VALUE.length), subject);
  if (message.startsWith(UNGIVEN)) return ungiven(message.slice(UNGIVEN.length).split(", "), subject);
  if (message.startsWith(NO_OPERAND)) return withoutOperand(Number(message.slice(NO_OPERAND.length)), subject);
  if (!message.startsWith(UNKNOWN)) return new InputError(message.split("\n")[0]);
  const word = operandOf(message.slice(UNKNOWN.length).split(", ")[0]);
  const path = flagsOf(subject).includes("data") && existsSync(word) ? [`--data ${typedWord(word)}`] : [];
  return refusal(`Unknown argument "${word}"`, path, subject);
}

const rowsOf = ({ command }: Subject) => (command && "rows" in command ? command.rows : {});
const flagsOf = (subject: Subject): string[] => [
  ...Object.keys(rowsOf(subject)).map(flagOf),
  ...GENERAL,
  ...(subject.name === "" ? ["version"] : []),
];
/** "--no-map=x" -> "map" */
const bare = (word: string): string => word.replace(/^--?(no-)?/, "").split("=")[0];

const isKnown = (word: string, subject: Subject): boolean =>
  flagsOf(subject).includes(bare(word)) || flagsOf(subject).includes(word.replace(/^--/, "").split("=")[0]);

/** `typed`: the option as it was typed. */
export function unknownOption(typed: string, subject: Subject): InputError {
  const option = typed.split("=")[0];
  const name = bare(option);
  const flags = flagsOf(subject);
  if (OTHER_PROCESSORS.includes(name)) {
    const cores = flags.includes("threads") ? "; --threads sets the number of cores" : "";
    return new InputError(`Unknown option ${option}: pulmo runs on CPUs and uses no GPU, so leave it out${cores}.`);
  }
  const isFile = /[./\\]/.test(option) || existsSync(option);
  const near = isFile ? undefined : (ELSEWHERE[name]?.find((flag) => flags.includes(flag)) ?? closest(name, flags));
  const prefix = /^--?no-/.test(option) ? "--no-" : "--";
  const advice = isFile || /^-[^-]./.test(option) ? ", or write -- before names that begin with a dash" : "";
  return refusal(`Unknown option ${option}`, near === undefined ? [] : [prefix + near], subject, advice);
}

const help = ({ program, name }: Subject): string => `see ${[program, name].filter(Boolean).join(" ")} --help`;

function refusal(what: string, meant: readonly string[], subject: Subject, advice = ""): InputError {
  if (meant.length === 0) return new InputError(`${what}: ${help(subject)}${advice}.`);
  return new InputError(`${what}: did you mean ${meant.join(" or ")}? S${help(subject).slice(1)}${advice}.`);
}

function withoutValue(flag: string, subject: Subject): InputError {
  const row = Object.entries(rowsOf(subject)).find(([key]) => flagOf(key) === flag)?.[1];
  const wanted = row?.wanted ?? row?.kind.wanted;
  return new InputError(`--${flag} needs a value${wanted ? `: ${wanted}` : ""}.`);
}

/** "Missing --checkpoint: path to a trained model, for example runs/first/resnet18." */
function ungiven(flags: readonly string[], subject: Subject): InputError {
  const rows = Object.entries(rowsOf(subject));
  const of = (flag: string) => rows.find(([key]) => flagOf(key) === flag)?.[1].wanted ?? help(subject);
  return new InputError(`Missing ${flags.map((flag) => `--${flag}: ${of(flag)}`).join("; ")}.`);
}

/** `given`: how many operands there are. */
function withoutOperand(given: number, subject: Subject): InputError {
  const { program, name, command } = subject;
  const positionals = command && "positionals" in command ? Object.entries(command.positionals) : [];
  const [operand, { describe, example }] = positionals[given] ?? positionals.at(-1)!;
  const shown = `${describe}${example ? `, for example ${example}` : ""}`;
  return new InputError(`Missing <${operand}>: ${shown}. Usage: ${program} ${usageOf(name, command!)}`);
}

/** "weights info <file>" */
const usageOf = (name: string, { command }: Command | Group): string => [name, ...String(command).split(" ").slice(1)].join(" ");
