// What a command says while it works: lines and a bar on stderr. Results go to stdout.
import { createRequire } from "node:module";
import type { Options, Params, SingleBar } from "cli-progress";
import { columnsOf, cutToColumns } from "../core/columns.js";
import { printable } from "../core/printable.js";
import type { Bar, Progress, Reporter } from "../run/caller.js";

export interface Screen {
  /** A line, above the bar if there is one. */
  say(line: string): void;
  /** Quiet: warnings alone. */
  reporter(quiet: boolean): Reporter;
}

const require = createRequire(import.meta.url);
/** Loaded with the first bar: a command without one starts sooner. */
const cliProgress = () => require("cli-progress") as typeof import("cli-progress");

const DRAWS_PER_SECOND = 5;
const NO_BAR: Bar = { draw() {}, stop() {} };

export function createScreen(stream: NodeJS.WriteStream): Screen {
  // The last line is the place for a bar: there is one at most.
  let bar: SingleBar | undefined;
  let watching = false;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };

  /** The bar remembers its place on the screen, so it is stopped and started again. */
  function say(line: string): void {
    const below = bar;
    below?.stop();
    stream.write(`${line.split("\n").map(printable).join("\n")}\n`);
    below?.start(1, 0, {});
  }

  function startBar(): Bar {
    // An exit in the middle of a bar would leave the cursor hidden.
    if (!watching) process.once("exit", stop);
    watching = true;
    stop();
    bar = createBar(stream);
    bar.start(1, 0, {});
    return {
      draw({ left, done, total, right }) {
        bar?.setTotal(total);
        bar?.update(done, { left, right });
      },
      stop,
    };
  }

  return {
    say,
    reporter: (quiet) => ({
      info: quiet ? () => {} : say,
      warn: say,
      bar: quiet || !stream.isTTY ? () => NO_BAR : startBar,
      interactive: stream.isTTY,
    }),
  };
}

const createBar = (stream: NodeJS.WriteStream): SingleBar =>
  new (cliProgress().SingleBar)({
    stream,
    format: drawLine,
    barCompleteChar: "#",
    barIncompleteChar: ".",
    barsize: MAX_BAR,
    hideCursor: true,
    clearOnComplete: true,
    fps: DRAWS_PER_SECOND,
    gracefulExit: false,
  });

const MIN_BAR = 4;
const MAX_BAR = 30;

/** The bar takes the room between the words, and is left out where there is none. Before the first draw there are no words. */
export function drawLine(options: Options, { progress, maxWidth }: Params, { left, right }: Partial<Progress>): string {
  if (left === undefined || right === undefined) return "";
  // The last column stays free: some terminals start a new line when it is filled.
  const columns = maxWidth - 1;
  const room = Math.min(MAX_BAR, columns - columnsOf(left) - columnsOf(right) - " [] ".length);
  const drawn = room < MIN_BAR ? "" : `[${cliProgress().Format.BarFormat(progress, { ...options, barsize: room })}] `;
  return cutToColumns(`${left} ${drawn}${right}`, columns);
}
