// What a command says while it works: lines and bars on stderr, results on stdout.
import cliProgress, { type Options, type Params, type SingleBar } from "cli-progress";
import { printable } from "../core/printable.js";
import type { Bar, Caller, Progress } from "./caller.js";
import { interruption } from "./interrupt.js";

export interface Terminal extends Caller {
  /** As info. */
  say(line: string): void;
}

const DRAWS_PER_SECOND = 5;
const NO_BAR: Bar = { draw() {}, stop() {} };

/** There is one place for a bar, the last line. */
let bar: SingleBar | undefined;
let watching = false;

function stopBar(): void {
  bar?.stop();
  bar = undefined;
}

/** A line on stderr, above the bar if there is one. The bar remembers its place on the screen: it must begin anew. */
export function say(line: string): void {
  const below = bar;
  below?.stop();
  process.stderr.write(`${line.split("\n").map(printable).join("\n")}\n`);
  below?.start(1, 0, {});
}

export function createTerminal(quiet: boolean): Terminal {
  const info = quiet ? () => {} : say;
  const interactive = process.stderr.isTTY;
  return { info, say: info, warn: say, bar: quiet || !interactive ? () => NO_BAR : startBar, interactive, signal: interruption };
}

function startBar(): Bar {
  // Leaving in the middle of a bar would keep the cursor hidden.
  if (!watching) process.once("exit", stopBar);
  watching = true;
  stopBar();
  bar = new cliProgress.SingleBar({
    format: drawLine,
    barCompleteChar: "#",
    barIncompleteChar: ".",
    barsize: MAX_BAR,
    hideCursor: true,
    clearOnComplete: true,
    fps: DRAWS_PER_SECOND,
    gracefulExit: false,
  });
  bar.start(1, 0, {});
  return {
    draw({ left, done, total, right }) {
      bar?.setTotal(total);
      bar?.update(done, { left, right });
    },
    stop: stopBar,
  };
}

const MIN_BAR = 4;
const MAX_BAR = 30;

/** The bar takes the room that is left, and goes first where there is none. Before the first draw there are no words. */
export function drawLine(options: Options, { progress, maxWidth }: Params, { left, right }: Partial<Progress>): string {
  if (left === undefined || right === undefined) return "";
  // The last column stays free: some terminals start a new line when it is filled.
  const columns = maxWidth - 1;
  const room = Math.min(MAX_BAR, columns - left.length - right.length - " [] ".length);
  const drawn = room < MIN_BAR ? "" : `[${cliProgress.Format.BarFormat(progress, { ...options, barsize: room })}] `;
  return `${left} ${drawn}${right}`.slice(0, columns);
}
