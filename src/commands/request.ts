// Converts the options of `run` and `train` to those of the library.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunOptions } from "../lib/run.js";
import { typedWord } from "../settings/shell.js";
import { type Cli, callerOf } from "./context.js";

/** Also adds to later error messages how to resume, if there is something to resume. */
export async function trainingOptions(command: "run" | "train", given: RunOptions, quiet: boolean | undefined, cli: Cli) {
  const { defaultFolder, RUN_FILE } = await import("../lib/run.js");
  // A resumed run keeps its folder: another one is refused.
  const chosen = given.resume === undefined ? { out: given.out ?? defaultFolder() } : {};
  const folder = given.resume ?? chosen.out!;
  const again = `Continue with: ${cli.program} ${command} --resume ${typedWord(folder)}`;
  cli.advise(() => (existsSync(join(folder, RUN_FILE)) ? again : ""));
  return { ...given, ...chosen, wasm: cli.wasm, reporter: callerOf(cli, quiet), signal: cli.signal };
}
