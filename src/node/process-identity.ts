// Tells processes apart that share a folder: on this machine, in containers on it, and on other machines with the same host name.
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";

/** The name of this machine, in characters that every file system accepts. */
export const HOST = hostname()
  .replace(/[^A-Za-z0-9]/g, "_")
  .slice(0, 40);

/** Whether a process with this pid runs here, also as another user. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

const orUndefined = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** False without /proc, and in a pid namespace that still shows the /proc of another one. */
const HAS_PROC = orUndefined(() => readlinkSync("/proc/self")) === String(process.pid);

/**
 * Where a pid names one process: this boot of this kernel, in this pid namespace, with start times in this time namespace. Without
 * /proc, this machine by its network addresses. Twelve hexadecimal digits.
 */
export const SPACE = createHash("sha256")
  .update(
    JSON.stringify([
      process.platform,
      HOST,
      orUndefined(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1")) ??
        Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ mac }) => mac)),
      ...["pid", "time"].map((kind) => orUndefined(() => readlinkSync(`/proc/self/ns/${kind}`)) ?? ""),
    ]),
  )
  .digest("hex")
  .slice(0, 12);

const UNKNOWN = "0";

/** When a process started, in system ticks; "0" if unknown. Distinguishes processes that reuse a pid. */
export function startOf(pid: number): string {
  if (!HAS_PROC) return UNKNOWN;
  // Field 22. Counting starts after the process name, which may contain any character.
  return (
    orUndefined(
      () =>
        readFileSync(`/proc/${pid}/stat`, "latin1")
          .replace(/^.*\) /s, "")
          .split(" ")[19],
    ) ?? UNKNOWN
  );
}

/** Whether the process with this pid and start runs in this space; undefined if that cannot be known. */
export function isRunning(pid: number, start: string): boolean | undefined {
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return start === UNKNOWN || now === UNKNOWN ? undefined : start === now;
}
