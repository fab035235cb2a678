// What long work and its caller have to do with each other: what the caller is told, and how it stops the work.

/** Told what happens. The library is silent unless it is given a reporter; the command line's is its terminal. */
export interface Reporter {
  /** A line about the normal course of the work. */
  info(line: string): void;
  /** A line that matters even to those who asked for quiet. */
  warn(line: string): void;
  /** A progress bar; there is one at a time. */
  bar(): Bar;
  /** Whether somebody watches: then bars replace a line per epoch, and a full disk is waited for without a limit. */
  interactive?: boolean;
}

export interface Bar {
  /** May be called often: the bar is drawn a few times a second. */
  draw(progress: Progress): void;
  /** Removes the bar. */
  stop(): void;
}

/** "left [####......] right" */
export interface Progress {
  left: string;
  done: number;
  total: number;
  right: string;
}

/** Work that is stopped throws the signal's reason, with everything worth keeping saved. */
export interface Caller extends Reporter {
  signal?: AbortSignal | undefined;
}

const NO_BAR: Bar = { draw() {}, stop() {} };

export const SILENT: Reporter = { info() {}, warn() {}, bar: () => NO_BAR };

/** The options of every long call of the library. */
export interface CallOptions {
  /** Default: nothing is reported. */
  reporter?: Reporter | undefined;
  /** Stops the work, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export const callerOf = ({ reporter = SILENT, signal }: CallOptions): Caller => ({
  info: (line) => reporter.info(line),
  warn: (line) => reporter.warn(line),
  bar: () => reporter.bar(),
  interactive: reporter.interactive ?? false,
  signal,
});
