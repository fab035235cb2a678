// Text of the progress bars.
import type { StepReport } from "../../train/loop.js";
import type { Progress } from "../caller.js";

export function trainProgress(title: string, r: StepReport): Progress {
  const results = `loss ${r.loss.toFixed(3)} acc ${r.accuracy.toFixed(3)}`;
  return {
    left: `${title} epoch ${r.epoch + 1}/${r.epochs}`,
    done: r.step,
    total: r.steps,
    right: `${r.step}/${r.steps} ${rate(r.imagesPerSecond)} ${results} ETA ${duration(r.secondsLeft)}`,
  };
}

/** Progress of work on `total` images or other units, started at `start` (performance.now()). */
export function imagesProgress(what: string, done: number, total: number, start: number, unit = "images"): Progress {
  const perSecond = done / ((performance.now() - start) / 1000);
  const left = duration((total - done) / perSecond);
  return { left: what, done, total, right: `${done}/${total} ${rate(perSecond, unit)} ETA ${left}` };
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

const rate = (perSecond: number, unit = "images"): string => `${perSecond.toFixed(perSecond < 100 ? 1 : 0)} ${unit}/s`;

/** "3:07", "1:02:40". */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60) % 60;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
