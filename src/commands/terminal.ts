// What a command says while it works: lines and bars on stderr, results on stdout.
import { Presets, SingleBar } from "cli-progress";
import type { StepReport } from "../train/loop.js";

export interface Terminal {
  /** A line on stderr. */
  say(line: string): void;
  /** A line on stderr even when quiet. */
  warn(line: string): void;
  /** A bar on stderr, drawn only where stderr is a terminal. */
  bar(format: string, total: number): Bar;
}

export interface Bar {
  update(done: number, values?: Record<string, string>): void;
  /** Removes the bar. */
  stop(): void;
}

export function createTerminal(quiet: boolean): Terminal {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  return {
    say: quiet ? () => {} : say,
    warn: say,
    bar(format, total) {
      if (quiet || !process.stderr.isTTY) return { update() {}, stop() {} };
      const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true, fps: 5 }, Presets.shades_classic);
      bar.start(total, 0, {});
      return { update: (done, values) => bar.update(done, values ?? {}), stop: () => bar.stop() };
    },
  };
}

export const TRAIN_BAR =
  "{title} epoch {epoch} [{bar}] step {value}/{total} | {speed} images/s | loss {loss} | acc {accuracy} | ETA {left}";

export function trainBarValues(title: string, r: StepReport): Record<string, string> {
  return {
    title,
    epoch: `${r.epoch + 1}/${r.epochs}`,
    speed: r.imagesPerSecond.toFixed(r.imagesPerSecond < 100 ? 1 : 0),
    loss: r.loss.toFixed(4),
    accuracy: r.accuracy.toFixed(4),
    left: duration(r.secondsLeft),
  };
}

/** "3:07", "1:02:40". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = `${Math.floor(s / 60) % 60}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Number(minutes))}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
