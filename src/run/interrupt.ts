// Ctrl-C, SIGTERM and a closed terminal as an AbortSignal. The first one aborts it where work listens to it and will stop by itself;
// else, and at the second one, the process ends at once.
import { getEventListeners } from "node:events";
import { Interrupted } from "../core/errors.js";

const EXIT_INTERRUPTED = 130;

const controller = new AbortController();
/** What every command passes on to the library. */
export const interruption = controller.signal;
let advice = () => "";
let say = (_line: string): void => {};

/** From now on. `tell` writes a line to the screen. */
export function watchSignals(tell: (line: string) => void): void {
  say = tell;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  // A terminal that has been closed.
  process.stderr.on("error", () => {});
}

function onSignal(): void {
  if (interruption.aborted || getEventListeners(interruption, "abort").length === 0) {
    if (!interruption.aborted) say(advised("pulmo: Interrupted."));
    process.exit(EXIT_INTERRUPTED);
  }
  say("Stopping after the current step. Press Ctrl-C again to exit at once, without saving.");
  controller.abort(new Interrupted("Interrupted."));
}

/** How to continue after an interruption or a failure, as a sentence, or "": from now on part of their messages. */
export function advise(sentence: () => string): void {
  advice = sentence;
}

/** A message with the advice behind it. */
export const advised = (message: string): string => [message.replace(/\.?$/, "."), advice()].filter(Boolean).join(" ");
