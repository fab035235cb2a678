// Locks: one run per folder, one process per download. Each process creates an empty lock file with a random name, then looks for
// others. A process that finds a holder exits. In a race the lowest name wins and the others exit. The lock file of a holder is not
// empty. Locks of dead processes are removed, and a holder whose lock was removed writes nothing more.
import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.js";
import { claim } from "./claims.js";
import { lacksSpace, removeAtExit } from "./files.js";
import { HOST, isRunning, SPACE, startOf } from "./process-identity.js";
import { serverTimeIn } from "./writers.js";

/** What the name of a lock file says about its process. */
export interface Holder {
  host: string;
  /** See process-identity. */
  space: string;
  start: string;
  pid: number;
  /** Random: nobody can create the file first. */
  id: string;
}

const PREFIX = ".lock-";
const downloadPrefix = (path: string): string => `.${basename(path)}.lock-`;

export const lockName = ({ host, space, start, pid, id }: Holder, prefix = PREFIX): string =>
  `${prefix}${host}-${space}-${start}-${pid}-${id}`;

const NAME = /^(\w*)-([0-9a-f]{12})-(\d+)-(\d+)-([0-9a-f]{32})$/;

function holderOf(name: string, prefix: string): Holder | undefined {
  const [, host, space, start, pid, id] = (name.startsWith(prefix) && NAME.exec(name.slice(prefix.length))) || [];
  return id === undefined ? undefined : { host, space, start, pid: Number(pid), id };
}

export const isLock = (name: string): boolean => holderOf(name, PREFIX) !== undefined;

/** How long the lowest name waits for the others to exit, and how often it checks; in milliseconds. */
const PATIENCE = 10_000;
const PAUSE = 20;
/** Between two looks at a process that may be dead. */
const LONG_PAUSE = 500;
/**
 * Processes elsewhere cannot be checked directly. A holder therefore touches its lock file at this interval, in milliseconds. The
 * file server sets the time, and only its times are compared, because the clocks of the machines may differ.
 */
const TOUCH = 30_000;
const SILENT = 4 * TOUCH;
/** After the lock of a silent holder was removed: the time in which a write that it has begun ends. */
const SETTLE = 1000;

export interface Lock {
  /** Throws an InputError if the lock is lost. The writes of `files` below the locked path do this themselves. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** Throws an InputError if another run holds the folder, which must exist. `otherwise`: what the user can do instead of waiting. */
export const lockFolder = (folder: string, otherwise = ""): Promise<Lock> =>
  hold(folder, PREFIX, folder, writingInto(folder, otherwise));

/**
 * The same for a run that continues. The lock may be that of its own process, killed a moment ago on another machine: waits up to two
 * minutes for a sign of life. `say` receives a line before that.
 */
export const lockAgain = (folder: string, say: (line: string) => void): Promise<Lock> =>
  hold(folder, PREFIX, folder, writingInto(folder), say);

const writingInto = (folder: string, otherwise = ""): string => `is writing into ${folder}: wait until it finishes${otherwise}.`;

/** The same for a file that `work` downloads. Its folder must exist. */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const refusal = `is downloading ${path}: wait until it finishes, then try again.`;
  const lock = await hold(dirname(path), downloadPrefix(path), path, refusal);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** What this process holds. A second call in the same process counts as another holder. */
const held = new Set<string>();

/** `refusal`: what the other process does, and what the user can do. */
async function hold(
  folder: string,
  prefix: string,
  claimed: string,
  refusal: string,
  say?: (line: string) => void,
): Promise<Lock> {
  const what = resolve(folder, prefix);
  if (held.has(what)) throw new InputError(`This process ${refusal}`);
  held.add(what);
  const own = lockName(
    { host: HOST, space: SPACE, start: startOf(process.pid), pid: process.pid, id: randomBytes(16).toString("hex") },
    prefix,
  );
  const path = resolve(folder, own);
  const forget = removeAtExit(path);
  const letGo = async () => {
    await rm(path, { force: true });
    forget();
    held.delete(what);
  };
  const check = async () => {
    if ((await touchOwn(path)) === "lost") throw new InputError(lost(claimed));
  };
  try {
    const file = await open(path, "wx", 0o644);
    const { mtimeMs: now } = await file.stat().finally(() => file.close());
    await waitForOthers({ folder, prefix, own, now, refusal, say });
    await check();
  } catch (error) {
    await letGo();
    throw error;
  }
  const touching = setInterval(() => touchOwn(path).catch(() => {}), TOUCH).unref();
  const endClaim = claim([resolve(claimed), await realpath(claimed).catch(() => resolve(claimed))], check);
  return {
    check,
    async release() {
      clearInterval(touching);
      endClaim();
      await letGo();
    },
  };
}

const lost = (path: string): string =>
  `The lock on ${path} is gone: this process was silent for two minutes or more, as on a suspended machine, and another one went on, or the file was removed. Nothing more was written: wait until the other process finishes, then start this one again.`;

interface Waiting {
  folder: string;
  prefix: string;
  own: string;
  /** The time of the file server. */
  now: number;
  refusal: string;
  say: ((line: string) => void) | undefined;
}

async function waitForOthers({ folder, prefix, own, now, refusal, say }: Waiting): Promise<void> {
  const begun = performance.now();
  const seen = new Map<string, number>();
  /** Elsewhere, and not touched since it was first seen here. */
  const mayBeDead = ({ name, touched }: Other): boolean => {
    if (touched === undefined) return false;
    if (seen.size === 0)
      say!(`Waiting for a sign of life of the process that holds ${folder} with ${name}, at most two minutes.`);
    if (!seen.has(name)) seen.set(name, touched);
    return seen.get(name) === touched;
  };
  for (;;) {
    const waited = performance.now() - begun;
    const others = await otherHolders(folder, prefix, own, now + waited);
    if (others.length === 0) return;
    const [first] = others;
    const winner = others.find(({ holds }) => holds) ?? (first.name < own || waited > PATIENCE ? first : undefined);
    if (winner && !(say && mayBeDead(winner))) {
      const { host, pid, space } = holderOf(winner.name, prefix)!;
      const elsewhere = space !== SPACE;
      const end = elsewhere ? ` If it was killed, its lock ${winner.name} ends two minutes after its last sign of life.` : "";
      throw new InputError(`Process ${pid}${elsewhere ? ` on ${host}` : ""} ${refusal}${end}`);
    }
    await setTimeout(winner ? LONG_PAUSE : PAUSE);
  }
}

const NO_FOLLOW = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Makes the file one byte long, which lets the file server set its time, and closes it. */
async function touch(file: FileHandle): Promise<void> {
  try {
    await file
      .write("\n", 0)
      .then(() => file.sync())
      .catch(async (error) => {
        if (!lacksSpace(error)) throw error;
        // This sets the time too, at least on Linux.
        return file.truncate((await file.stat()).size);
      });
  } finally {
    await file.close();
  }
}

/** The file is opened anew each time, because a client of a file server may use old knowledge of an open file. */
async function touchOwn(path: string): Promise<"held" | "lost"> {
  try {
    const file = await open(path, constants.O_WRONLY | NO_FOLLOW);
    const stats = await file.stat();
    if (stats.isFile() && stats.nlink <= 1) await touch(file);
    else await file.close();
    return stats.isFile() && stats.nlink === 1 ? "held" : "lost";
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ESTALE", "ELOOP", "ENXIO"].includes((error as NodeJS.ErrnoException).code ?? "")) return "lost";
    throw error;
  }
}

/** "process 12 on host" if that process holds the folder now, else undefined. */
export async function holderOfFolder(folder: string): Promise<string | undefined> {
  let now: Promise<number> | undefined;
  const serverTime = () => (now ??= serverTimeIn(folder));
  for (const name of await readdir(folder).catch(() => [])) {
    const holder = holderOf(name, PREFIX);
    if (holder && (await lifeOf(join(folder, name), holder, serverTime))?.life === "runs")
      return `process ${holder.pid} on ${holder.host}`;
  }
  return undefined;
}

interface Other {
  name: string;
  /** False while it still looks for others. */
  holds: boolean;
  /** When it was touched, if only this tells whether its process runs. */
  touched?: number | undefined;
}

/** The lock files of running processes, sorted. Removes those of dead processes. `now`: the time of the file server. */
async function otherHolders(folder: string, prefix: string, own: string, now: number): Promise<Other[]> {
  const found: Other[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const holder = holderOf(name, prefix);
    if (!holder || name === own) continue;
    const path = join(folder, name);
    const { life, holds = true, touched } = (await lifeOf(path, holder, async () => now)) ?? {};
    if (life === "runs") found.push({ name, holds, touched });
    else if (life === "ended") await rm(path, { force: true }).catch(() => {});
    else if (life === "silent") {
      // Its holder learns from this that it has lost the folder.
      const removed = await rm(path, { force: true }).then(
        () => true,
        () => false,
      );
      if (removed) await setTimeout(SETTLE);
      else found.push({ name, holds });
    }
  }
  return found;
}

/** Undefined: not a lock, as a link or a folder with such a name. */
async function lifeOf(
  path: string,
  { space, pid, start }: Holder,
  serverTime: () => Promise<number>,
): Promise<({ life: "runs" | "ended" | "silent" } & Omit<Other, "name">) | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  const { size, mtimeMs } = (await factsFromServer(path)) ?? stats;
  const holds = size > 0;
  const running = space === SPACE ? isRunning(pid, start) : undefined;
  if (running !== undefined) return { life: running ? "runs" : "ended", holds };
  return { life: (await serverTime()) - mtimeMs < SILENT ? "runs" : "silent", holds, touched: mtimeMs };
}

/** Opening a file asks the file server, where lstat may know old facts. Undefined where it may not be opened. */
async function factsFromServer(path: string): Promise<Stats | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | NO_FOLLOW);
    return await file.stat().finally(() => file.close());
  } catch {
    return undefined;
  }
}
