// A download as a person sees it: where from, how far, how long.
import { InputError } from "../../core/errors.js";
import { type Download, download } from "../../node/download.js";
import type { Terminal } from "../terminal.js";
import { bytesProgress } from "../watch/progress.js";

const SILENCE_MS = 30_000;
const RETRIES = 20;

export async function downloadWithBar(
  job: Omit<Download, "retries" | "silenceMs" | "onProgress">,
  name: string,
  terminal: Terminal,
): Promise<void> {
  const bar = terminal.bar();
  const start = performance.now();
  /** What an earlier try had fetched already: no measure of the speed. */
  let before: number | undefined;
  try {
    await download({
      ...job,
      retries: RETRIES,
      silenceMs: SILENCE_MS,
      onProgress(done, total) {
        before ??= done;
        bar.draw(bytesProgress(name, { done, total, before, start }));
      },
    });
  } finally {
    bar.stop();
  }
}

/** The URL of `name` below the folder that an environment variable gives, if it does. */
export function urlBelow(variable: string, name: string): URL | undefined {
  const base = process.env[variable];
  if (!base) return undefined;
  if (!/^https?:/.test(base) || !URL.canParse(base)) {
    throw new InputError(`${variable} is ${JSON.stringify(base)}: give an http or https URL of the folder that holds ${name}.`);
  }
  return new URL(name, base.replace(/\/?$/, "/"));
}
