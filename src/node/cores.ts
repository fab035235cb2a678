import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem } from "node:os";

/** Physical cores that this process may use. Hyper-threads share one set of multipliers, so a second thread there only waits. */
export function physicalCores(): number {
  return Math.max(1, Math.min(availableParallelism(), installedCores() ?? Infinity));
}

export const cpuModel = (): string => cpus()[0]?.model.trim() ?? process.arch;

/** Whether the processor has 256-bit vectors. Unknown outside Linux: then x64 processors are taken to have them, as since 2013. */
export function hasAvx2(): boolean {
  if (process.arch !== "x64") return false;
  try {
    return process.platform !== "linux" || / avx2 /.test(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    return true;
  }
}

function installedCores(): number | undefined {
  try {
    if (process.platform === "linux") {
      const ids = readFileSync("/proc/cpuinfo", "utf8")
        .split("\n\n")
        .map((block) => `${/^physical id\s*: (\d+)/m.exec(block)?.[1]}/${/^core id\s*: (\d+)/m.exec(block)?.[1]}`)
        .filter((id) => !id.includes("undefined"));
      return ids.length ? new Set(ids).size : undefined;
    }
    if (process.platform === "darwin") return Number(execFileSync("sysctl", ["-n", "hw.physicalcpu"])) || undefined;
  } catch {
    // Unknown: use the number of CPUs that the scheduler offers.
  }
  return undefined;
}

/** Available bytes: MemAvailable on Linux (free memory excludes the page cache), limited by the container. */
export function availableMemory(): number {
  let available = freemem();
  try {
    const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    if (kib) available = Number(kib) * 1024;
  } catch {
    // Not on Linux.
  }
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(available, Math.max(0, limit - process.memoryUsage.rss())) : available;
}
