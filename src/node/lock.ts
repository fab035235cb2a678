// Locks: one run per folder, one process per download. Each process writes a lock file named after its machine, start time and
// pid, then looks for others. In a race the lowest name wins and the others exit. A process that finds an earlier holder exits
// too. Locks of dead processes are ignored.
import { readFileSync } from "node:fs";
import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.js";
import { removeAtExit } from "./files.js";
import { HOST, isAlive } from "./writers.js";

const PREFIX = ".lock-";
export const isLock = (name: string): boolean => name.startsWith(PREFIX);

interface Holder {
  host: string;
  /** Start time in system ticks, padded so that names sort by it; 0 if unknown. Distinguishes processes that reuse a pid. */
  start: string;
  pid: number;
}

function holderOf(name: string, prefix: string): Holder | undefined {
  const [, host, start, pid] = /^(\w*)-(\d+)-(\d+)$/.exec(name.slice(prefix.length)) ?? [];
  return host === undefined ? undefined : { host, start, pid: Number(pid) };
}

function startOf(pid: number): string {
  try {
    // Field 22. Counting starts after the process name, which may contain any character.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")[19]
      .padStart(15, "0");
  } catch {
    return "0";
  }
}

/** How long the lowest name waits for the others to exit, and how often it checks; in milliseconds. */
const PATIENCE = 10_000;
const PAUSE = 20;
/**
 * Processes on other machines cannot be checked directly. A holder therefore touches its lock file at this interval, in
 * milliseconds.
 */
const TOUCH = 30_000;
const SILENT = 4 * TOUCH;

/** Throws an InputError if another run holds the folder, which must exist. Call the returned function to release the lock. */
export const lockFolder = (out: string): Promise<() => Promise<void>> =>
  hold(out, PREFIX, `is writing into ${out}: wait until it finishes, or choose another folder with --out.`);

/** The same for a file that `work` downloads. Its folder must exist. */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await hold(
    dirname(path),
    `.${basename(path)}.lock-`,
    `is downloading ${path}: wait until it finishes, then try again.`,
  );
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Locks of this process. A second call in the same process counts as another holder. */
const held = new Set<string>();

/** `refusal`: what the other process does, and what the user can do. */
async function hold(folder: string, prefix: string, refusal: string): Promise<() => Promise<void>> {
  const own = `${prefix}${HOST}-${startOf(process.pid)}-${process.pid}`;
  const path = resolve(folder, own);
  if (held.has(path)) throw new InputError(`This process ${refusal}`);
  held.add(path);
  const forget = removeAtExit(path);
  const letGo = async () => {
    await rm(path, { force: true });
    forget();
    held.delete(path);
  };
  await writeFile(path, "").catch(async (error) => {
    await letGo();
    throw error;
  });
  const deadline = performance.now() + PATIENCE;
  let others: string[];
  while ((others = await otherHolders(folder, prefix, own)).length > 0) {
    if (others.some((name) => name < own) || performance.now() > deadline) {
      await letGo();
      const { host, pid } = holderOf(others[0], prefix)!;
      throw new InputError(`Process ${pid}${host === HOST ? "" : ` on ${host}`} ${refusal}`);
    }
    await setTimeout(PAUSE);
  }
  const touching = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), TOUCH).unref();
  return async () => {
    clearInterval(touching);
    await letGo();
  };
}

/** "process 12 on host" if that process holds the folder now, else undefined. */
export async function holderOfFolder(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isLock)) {
    const holder = holderOf(name, PREFIX);
    if (holder && (await isRunning(folder, name, holder))) return `process ${holder.pid} on ${holder.host}`;
  }
  return undefined;
}

/** The lock files of running processes, sorted. Removes those of dead processes. */
async function otherHolders(folder: string, prefix: string, own: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== own).sort()) {
    if (await isRunning(folder, name, holderOf(name, prefix), own)) found.push(name);
    else await rm(join(folder, name), { force: true });
  }
  return found;
}

async function isRunning(folder: string, name: string, holder: Holder | undefined, own?: string): Promise<boolean> {
  if (holder === undefined) return false;
  if (holder.host === HOST) return isAlive(holder.pid) && startOf(holder.pid) === holder.start;
  const timeOf = (file: string) =>
    stat(join(folder, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  // Both times come from the file server, because clocks may differ. A process that only checks has no file there.
  const [theirs, now] = await Promise.all([timeOf(name), own === undefined ? Date.now() : timeOf(own)]);
  return theirs > 0 && now - theirs < SILENT;
}
