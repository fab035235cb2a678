// Text of the progress bars.
import type { TerminalWords } from "../../report/text/terminal.js";
import type { StepReport } from "../../train/loop.js";
import type { Progress } from "../caller.js";

export function trainProgress({ bar: t }: TerminalWords, title: string, r: StepReport): Progress {
  const speed = t.rates.images(rate(r.imagesPerSecond));
  return {
    left: t.epoch(title, r.epoch + 1, r.epochs),
    done: r.step,
    total: r.steps,
    right: `${r.step}/${r.steps} ${speed} ${t.figures(r)} ${t.timeLeft(duration(r.secondsLeft))}`,
  };
}

/** Progress of work on `total` images or other units, started at `start` (performance.now()). */
export function imagesProgress(
  { bar: t }: TerminalWords,
  what: string,
  done: number,
  total: number,
  start: number,
  unit: keyof TerminalWords["bar"]["rates"] = "images",
): Progress {
  const perSecond = done / ((performance.now() - start) / 1000);
  const left = duration((total - done) / perSecond);
  return { left: what, done, total, right: `${done}/${total} ${t.rates[unit](rate(perSecond))} ${t.timeLeft(left)}` };
}

/**
 * Progress of a download started at `start` (performance.now()) with `before` bytes. `total` is undefined if the server does not
 * report it.
 */
export function bytesProgress(
  what: string,
  { done, total, before, start }: { done: number; total: number | undefined; before: number; start: number },
): Progress {
  const perSecond = (done - before) / ((performance.now() - start) / 1000);
  const of = `${mebibytes(done)} of ${total === undefined ? "?" : mebibytes(total)} MiB`;
  const left = duration(((total ?? Infinity) - done) / perSecond);
  return { left: what, done, total: total ?? Infinity, right: `${of} ${mebibytes(perSecond)} MiB/s ETA ${left}` };
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

const rate = (perSecond: number): string => perSecond.toFixed(perSecond < 100 ? 1 : 0);

/** "3:07", "1:02:40". */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60) % 60;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
