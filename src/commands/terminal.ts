// What a command says while it works: lines and bars on stderr, results on stdout.
import { SingleBar } from "cli-progress";
import type { StepReport } from "../train/loop.js";

export interface Terminal {
  /** A line on stderr. */
  say(line: string): void;
  /** A line on stderr even when quiet. */
  warn(line: string): void;
  /** A line that is drawn over and over, only where stderr is a terminal. */
  bar(): Bar;
}

export interface Bar {
  /** `line` gets the terminal's width; it is called a few times a second at most. */
  draw(line: Line): void;
  /** Removes the bar. */
  stop(): void;
}

type Line = (columns: number) => string;

const DRAWS_PER_SECOND = 5;
const NO_BAR: Bar = { draw() {}, stop() {} };

let bar: SingleBar | undefined;

// Leaving in the middle of a bar would keep the cursor hidden.
process.once("exit", stopBar);

function stopBar(): void {
  bar?.stop();
  bar = undefined;
}

/** A line on stderr, above the bar if there is one. The bar remembers its place on the screen: it must begin anew. */
export function say(line: string): void {
  const below = bar;
  below?.stop();
  process.stderr.write(`${line}\n`);
  below?.start(Infinity, 0, {});
}

export function createTerminal(quiet: boolean): Terminal {
  return { say: quiet ? () => {} : say, warn: say, bar: quiet || !process.stderr.isTTY ? () => NO_BAR : startBar };
}

function startBar(): Bar {
  let draws = 0;
  stopBar();
  bar = new SingleBar({
    format: (_options, { maxWidth }: { maxWidth?: number }, { line }: { line?: Line }) => line?.(maxWidth ?? 80) ?? "",
    hideCursor: true, clearOnComplete: true, fps: DRAWS_PER_SECOND, gracefulExit: false,
  });
  bar.start(Infinity, 0, {});
  return { draw: (line) => bar?.update(++draws, { line }), stop: stopBar };
}

const MIN_BAR = 4;
const MAX_BAR = 30;

/** "left [####......] right": the bar takes the room that is left, and goes first where there is none. */
export function withBar(left: string, part: number, right: string, columns: number): string {
  // The last column stays free: some terminals start a new line when it is filled.
  const room = Math.min(MAX_BAR, columns - 1 - left.length - right.length - " [] ".length);
  const full = Math.round(part * room);
  const drawn = room < MIN_BAR ? "" : `[${"#".repeat(full)}${".".repeat(room - full)}] `;
  return `${left} ${drawn}${right}`.slice(0, columns - 1);
}

export function trainLine(title: string, r: StepReport, columns: number): string {
  const results = `loss ${r.loss.toFixed(3)} acc ${r.accuracy.toFixed(3)}`;
  return withBar(
    `${title} epoch ${r.epoch + 1}/${r.epochs}`, r.step / r.steps,
    `${r.step}/${r.steps} ${rate(r.imagesPerSecond)} ${results} ETA ${duration(r.secondsLeft)}`, columns,
  );
}

/** A line for work on `total` images that began at `start` (performance.now()). */
export function imagesLine(what: string, done: number, total: number, start: number, columns: number): string {
  const perSecond = done / ((performance.now() - start) / 1000);
  const left = duration((total - done) / perSecond);
  return withBar(what, done / total, `${done}/${total} ${rate(perSecond)} ETA ${left}`, columns);
}

const rate = (perSecond: number): string => `${perSecond.toFixed(perSecond < 100 ? 1 : 0)} images/s`;

/** "3:07", "1:02:40". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60) % 60;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
