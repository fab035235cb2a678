// One call of the program: from its arguments to its exit code.
import { InputError } from "../core/errors.js";
import { printable } from "../core/printable.js";
import type { Cli } from "./context.js";
import { EXIT_INTERRUPTED } from "./interrupt.js";
import { createParser } from "./parser.js";
import { checkLetters, markOperands } from "./words.js";

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
    const bare = args.length === 0;
    const words = markOperands(args);
    checkLetters(words, cli.program);
    const parser = createParser(words, cli, wasm);
    // Without a callback, yargs prints help by itself.
    await parser.parseAsync(bare ? ["--help"] : words, { cli }, (_error, _argv, output) => {
      if (output) (bare ? cli.stderr : cli.stdout).write(`${output}\n`);
    });
    return bare ? 2 : 0;
  } catch (error) {
    return explain(error, args, cli);
  }
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
