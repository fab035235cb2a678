// The interface between long work and its caller: progress reports, and an AbortSignal.
import type { Language } from "../report/text/languages.js";

/** Receives progress. The library is silent unless the caller gives a reporter. The command line passes its terminal. */
export interface Reporter {
  /** A line about normal progress. */
  info(line: string): void;
  /** A line that is shown even with --quiet. */
  warn(line: string): void;
  /** A progress bar. Only one is open at a time. */
  bar(): Bar;
  /**
   * Whether a person watches. If so, bars replace the line per epoch, and the work waits for a full disk without a time limit.
   */
  interactive?: boolean;
}

export interface Bar {
  /** May be called often: the bar is redrawn a few times per second. */
  draw(progress: Progress): void;
  /** Removes the bar. */
  stop(): void;
}

/** Shown as "left [####......] right". */
export interface Progress {
  left: string;
  done: number;
  total: number;
  right: string;
}

/** When the signal aborts, the work saves everything worth keeping and throws the signal's reason. */
export interface Caller extends Reporter {
  signal?: AbortSignal | undefined;
  /** Of progress; notes, warnings and errors about files are English. Default: en. */
  language?: Language | undefined;
}

const NO_BAR: Bar = { draw() {}, stop() {} };

export const SILENT: Reporter = { info() {}, warn() {}, bar: () => NO_BAR };

/** Options of every long-running call of the library. */
export interface CallOptions {
  /** Default: nothing is reported. */
  reporter?: Reporter | undefined;
  /** Stops the work. The call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export const callerOf = ({ reporter = SILENT, signal, lang }: CallOptions & { lang?: Language | undefined }): Caller => ({
  info: (line) => reporter.info(line),
  warn: (line) => reporter.warn(line),
  bar: () => reporter.bar(),
  interactive: reporter.interactive ?? false,
  signal,
  language: lang,
});
