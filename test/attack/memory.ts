// The most memory that a piece of work takes. A process's peak only grows, so it is set back before each piece where the system
// can (Linux); elsewhere only a new peak is seen.
import { readFileSync, writeFileSync } from "node:fs";

/** More than that no file may take, whatever it says of itself. */
export const MOST_MEBIBYTES = 500;

/** proc(5): writing 5 sets VmHWM back to VmRSS. */
const RESET = "5";

function status(key: "VmHWM" | "VmRSS"): number | undefined {
  try {
    return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** MiB that the process has held at most. */
export const mostMemory = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** Begins a piece of work; the returned function gives the MiB by which the resident memory has grown at most since. */
export function measureMemory(): () => number {
  try {
    writeFileSync("/proc/self/clear_refs", RESET);
  } catch {}
  const before = status("VmRSS");
  const peak = mostMemory();
  return () => Math.round(before === undefined ? mostMemory() - peak : (status("VmHWM") ?? 0) - before);
}
