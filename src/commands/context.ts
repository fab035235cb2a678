// What belongs to the process, handed to every command: yargs merges it into a command's arguments as `cli`.
import { physicalCores } from "../node/cores.js";
import type { Variant } from "../node/variant.js";
import type { Caller } from "../run/caller.js";
import { MAX_THREADS } from "../settings/table.js";
import type { Interruption } from "./interrupt.js";
import type { Screen } from "./terminal.js";

export interface Cli extends Interruption {
  /** As messages and help name the program. */
  program: string;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  screen: Screen;
  /** PULMO_WASM, or what --no-revectorize makes of it; undefined: the fastest variant that works here. */
  wasm: Variant | undefined;
}

/** Who a command's work reports to, and who stops it. */
export const callerOf = ({ screen, signal }: Cli, quiet = false): Caller => ({ ...screen.reporter(quiet), signal });

/** More threads than physical cores make a training slower. */
export const defaultThreads = (): number => Math.min(physicalCores(), MAX_THREADS);
