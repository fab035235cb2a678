// Ctrl-C, Ctrl-Break, SIGTERM and a closed terminal as an AbortSignal. The first one aborts it where work listens to it and will stop by itself;
// otherwise, and at the second one, the process ends at once.
import { getEventListeners } from "node:events";
import { Interrupted } from "../core/errors.js";

export const EXIT_INTERRUPTED = 130;

export interface Interruption {
  signal: AbortSignal;
  /** How to continue after an interruption or a failure, as a sentence, or "": from now on part of their messages. */
  advise(sentence: () => string): void;
  /** A message with the advice behind it. */
  advised(message: string): string;
}

/** Handles the process's signals from now on. `say` writes a line to the screen. */
export function watchSignals(say: (line: string) => void): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const { advise, advised } = createAdvice();
  const stop = () => {
    if (signal.aborted || getEventListeners(signal, "abort").length === 0) {
      if (!signal.aborted) say(advised("pulmo: Interrupted."));
      process.exit(EXIT_INTERRUPTED);
    }
    say("Stopping after the current step. Press Ctrl-C again to exit at once, without saving.");
    controller.abort(new Interrupted("Interrupted."));
  };
  // SIGBREAK is Ctrl-Break on Windows; SIGHUP there is a closed console, which leaves a process about five seconds.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const) process.on(name, stop);
  return { signal, advise, advised };
}

export function createAdvice(): Pick<Interruption, "advise" | "advised"> {
  let advice = () => "";
  return {
    advise: (sentence) => void (advice = sentence),
    advised: (message) => [message.replace(/\.?$/, "."), advice()].filter(Boolean).join(" "),
  };
}
