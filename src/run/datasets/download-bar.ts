// A download with a progress bar.
import { InputError } from "../../core/errors.js";
import { type Download, download } from "../../node/download.js";
import type { Caller } from "../caller.js";
import { bytesProgress } from "../watch/progress.js";

const SILENCE_MS = 30_000;
const RETRIES = 20;

export async function downloadWithBar(
  job: Omit<Download, "retries" | "silenceMs" | "signal" | "onProgress">,
  name: string,
  caller: Caller,
): Promise<void> {
  const bar = caller.bar();
  const start = performance.now();
  /** Bytes of an earlier attempt. They do not count towards the speed. */
  let before: number | undefined;
  try {
    await download({
      ...job,
      retries: RETRIES,
      silenceMs: SILENCE_MS,
      signal: caller.signal,
      onProgress(done, total) {
        before ??= done;
        bar.draw(bytesProgress(name, { done, total, before, start }));
      },
    });
  } finally {
    bar.stop();
  }
}

/** The URL of `name` in the folder given by an environment variable. Undefined if the variable is not set. */
export function urlBelow(variable: string, name: string): URL | undefined {
  const base = process.env[variable];
  if (!base) return undefined;
  if (!/^https?:/.test(base) || !URL.canParse(base)) {
    throw new InputError(`${variable} is ${JSON.stringify(base)}: give an http or https URL of the folder that holds ${name}.`);
  }
  return new URL(name, base.replace(/\/?$/, "/"));
}
