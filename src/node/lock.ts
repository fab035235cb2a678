// One run at a time writes into a folder, and one download a file. Everybody who wants it puts down a file named by its machine, start and pid, and then looks
// who else is there. Of those that meet, the one whose name sorts first stays and the others go; who came when somebody had
// the folder already finds that one there, and goes too. A process that was killed holds nothing.
import { readFileSync } from "node:fs";
import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.js";
import { removeAtExit } from "./files.js";
import { HOST, isAlive } from "./writers.js";

const PREFIX = ".lock-";
export const isLock = (name: string): boolean => name.startsWith(PREFIX);

interface Holder {
  host: string;
  /** In the system's ticks, of so many digits that names sort by it; 0 where the system does not tell it. A pid is used again. */
  start: string;
  pid: number;
}

function holderOf(name: string, prefix: string): Holder | undefined {
  const [, host, start, pid] = /^(\w*)-(\d+)-(\d+)$/.exec(name.slice(prefix.length)) ?? [];
  return host === undefined ? undefined : { host, start, pid: Number(pid) };
}

function startOf(pid: number): string {
  try {
    // The 22nd field, counted behind the name, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")[19]
      .padStart(15, "0");
  } catch {
    return "0";
  }
}

/** How long who sorts first waits for the others to go, in milliseconds, and how often it looks. */
const PATIENCE = 10_000;
const PAUSE = 20;
/** A process on another machine cannot be asked: it touches its file every so many milliseconds while it holds the folder. */
const TOUCH = 30_000;
const SILENT = 4 * TOUCH;

/** Until this process ends. Throws an InputError where another one holds the folder, which must be there. */
export async function lockFolder(out: string): Promise<void> {
  await hold(out, PREFIX, `is writing into ${out}: wait until it has ended, or choose another folder with --out.`);
}

/** The same while `work` fetches a file, whose folder must be there. */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await hold(
    dirname(path),
    `.${basename(path)}.lock-`,
    `is fetching ${path}: wait until it has ended, then try again.`,
  );
  try {
    return await work();
  } finally {
    await release();
  }
}

/** `refusal`: what the other process does, and what to do about it. The function returned lets go. */
async function hold(folder: string, prefix: string, refusal: string): Promise<() => Promise<void>> {
  const own = `${prefix}${HOST}-${startOf(process.pid)}-${process.pid}`;
  const path = join(folder, own);
  await writeFile(path, "");
  const forget = removeAtExit(path);
  const letGo = async () => {
    await rm(path, { force: true });
    forget();
  };
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

/** "process 12 on host" that holds a folder now; undefined: nobody does. */
export async function holderOfFolder(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isLock)) {
    const holder = holderOf(name, PREFIX);
    if (holder && (await isRunning(folder, name, holder))) return `process ${holder.pid} on ${holder.host}`;
  }
  return undefined;
}

/** The files of running processes, first ones first; what the dead have left is removed. */
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
  // Both times are those of the file server, whose clock may be another; who only looks has no file there.
  const [theirs, now] = await Promise.all([timeOf(name), own === undefined ? Date.now() : timeOf(own)]);
  return theirs > 0 && now - theirs < SILENT;
}
