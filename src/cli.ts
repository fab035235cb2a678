#!/usr/bin/env node
// The process behind the command line: its arguments, streams, signals, environment and exit code.
import { watchSignals } from "./commands/interrupt.js";
import { main } from "./commands/main.js";
import { programName } from "./commands/program.js";
import { createScreen } from "./commands/terminal.js";
import { reasonOf } from "./node/write-errors.js";

const { stdout, stderr, argv, env } = process;
stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever reads our output may stop before its end. EOF is Windows' code for it.
  if (error.code === "EPIPE" || error.code === "EOF") process.exit(0);
  stderr.write(`pulmo: Standard output cannot be written: ${reasonOf(error)}.\n`);
  process.exit(1);
});
// With a listener, a write beyond ulimit -f fails with EFBIG. Otherwise the signal ends the process.
process.on("SIGXFSZ", () => {});
// A terminal that has been closed.
stderr.on("error", () => {});
try {
  process.cwd();
} catch {
  stderr.write("pulmo: The current folder does not exist any more: change to another one.\n");
  process.exit(2);
}
const screen = createScreen(stderr);
const cli = { program: programName(argv[1] ?? "pulmo"), stdout, stderr, screen, wasm: undefined, ...watchSignals(screen.say) };
process.exitCode = await main(argv.slice(2), cli, env.PULMO_WASM);
