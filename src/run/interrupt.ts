// Ctrl-C, SIGTERM and a closed terminal, from start to end of the process. While `stoppable` work runs, the first one asks it to stop and
// the second leaves at once. At all other times there is nothing to save, and the first one leaves.
import { Interrupted } from "../core/errors.js";
import { say } from "./terminal.js";

const EXIT_INTERRUPTED = 130;

let requested = false;
let stopWork: (() => void) | undefined;
let advice = "";

export function watchSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  // Of a terminal that has been closed.
  process.stderr.on("error", () => {});
}

function onSignal(): void {
  if (requested || stopWork === undefined) {
    if (!requested) say(`pulmo: Interrupted.${advice}`);
    process.exit(EXIT_INTERRUPTED);
  }
  requested = true;
  say("Stopping. Ctrl-C again leaves at once, without saving.");
  stopWork();
}

export const stopRequested = (): boolean => requested;

/** What to do after an interruption, from now on part of its message. */
export function advise(sentence: string): void {
  advice = ` ${sentence}`;
}

/** A failure that nobody foresaw, and what can be done after it. */
export const advised = (message: string): string => (advice ? `${message.replace(/\.$/, "")}.${advice}` : message);

export const interrupted = (where: string): Interrupted => new Interrupted(`Interrupted ${where}.${advice}`);

/** Runs `work`, which `stop` makes end early with everything saved, or with an error. */
export async function stoppable<T>(stop: () => void, work: () => Promise<T>): Promise<T> {
  stopWork = stop;
  try {
    return await work();
  } finally {
    stopWork = undefined;
  }
}
