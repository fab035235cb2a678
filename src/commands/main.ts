// One call of the program: from its arguments to its exit code.
import type { Argv } from "yargs";
import { InputError } from "../core/errors.js";
import { printable } from "../core/printable.js";
import { COMPLETED, completionScript, isQuestion } from "./completion.js";
import type { Cli } from "./context.js";
import { EXIT_INTERRUPTED } from "./interrupt.js";
import { createParser } from "./parser.js";
import { markOperands } from "./words.js";

const NO_FILES = "open files: raise the limit (ulimit -n).";
const NO_THREADS = "threads: use fewer --threads or raise the limit (ulimit -u).";
const NO_MEMORY = "close other programs or raise the limit (ulimit -v).";
/** By the code of an error that the system's limits cause. */
const LIMITS: Record<string, string> = {
  EMFILE: NO_FILES,
  ENFILE: NO_FILES,
  EAGAIN: NO_THREADS,
  ERR_WORKER_INIT_FAILED: NO_THREADS,
};
/** Commands with --batch-size. */
const WITH_BATCHES = ["run", "train", "bench"];

/** `wasm`: PULMO_WASM. Returns the exit code. */
export async function main(args: string[], cli: Cli, wasm?: string): Promise<number> {
  try {
    const [first, ...others] = args;
    if (first === undefined) {
      await parse(createParser(["--help"], cli, wasm), ["--help"], cli, (help) => cli.stderr.write(`${help}\n`));
      return 2;
    }
    if (first === "completion" && others.length === 0) {
      const write = (script: string) => cli.stdout.write(`${completionScript(script, cli.program)}\n`);
      // yargs writes the script, then checks the words as if it were no command.
      await parse(createParser(args, { program: COMPLETED }).strict(false), args, cli, write);
      return 0;
    }
    // yargs prints its answer and ends the process: afterwards it would run the unfinished command.
    if (isQuestion(args)) await createParser(args, cli).exitProcess(true).parseAsync();
    const words = markOperands(first === "help" ? [...others, "--help"] : args);
    await parse(createParser(words, cli, wasm), words, cli, (output) => cli.stdout.write(`${output}\n`));
    return 0;
  } catch (error) {
    return explain(error, args, cli);
  }
}

/** `write`: takes yargs' own output. Without it, yargs prints by itself. */
async function parse(parser: Argv, words: string[], cli: Cli, write: (output: string) => void): Promise<void> {
  await parser.parseAsync(words, { cli }, (_error, _argv, output) => {
    if (output) write(output);
  });
}

/** Prints what went wrong, in one sentence. */
function explain(error: unknown, [command]: string[], { stderr, signal, advised }: Cli): number {
  const message = error instanceof Error ? error.message : String(error);
  const noMemory = error instanceof RangeError && message.includes("could not allocate memory");
  const smaller = WITH_BATCHES.includes(command) ? "use a smaller --batch-size, " : "";
  const lacking = noMemory ? `memory: ${smaller}${NO_MEMORY}` : LIMITS[(error as NodeJS.ErrnoException)?.code ?? ""];
  const expected = error instanceof InputError;
  const shown = lacking ? `The system grants no more ${lacking}` : expected ? message : advised(message);
  stderr.write(`pulmo: ${printable(shown)}\n`);
  if (signal.aborted && error === signal.reason) return EXIT_INTERRUPTED;
  if (expected || lacking) return 2;
  if (process.env.PULMO_DEBUG) stderr.write(`${error instanceof Error ? error.stack : message}\n`);
  return 1;
}
