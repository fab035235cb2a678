// One run at a time writes into a folder. Everybody who wants it puts down a file named by its machine, start and pid, and then looks
// who else is there. Of those that meet, the one whose name sorts first stays and the others go; who came when somebody had
// the folder already finds that one there, and goes too. A process that was killed holds nothing.
import { readFileSync } from "node:fs";
import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.js";
import { removeAtExit } from "../node/files.js";
import { HOST, isAlive } from "../node/writers.js";

const PREFIX = ".lock-";
export const isLock = (name: string): boolean => name.startsWith(PREFIX);

interface Holder {
  host: string;
  /** In the system's ticks, of so many digits that names sort by it; 0 where the system does not tell it. A pid is used again. */
  start: string;
  pid: number;
}

function holderOf(name: string): Holder | undefined {
  const [, host, start, pid] = /^\.lock-(\w*)-(\d+)-(\d+)$/.exec(name) ?? [];
  return host === undefined ? undefined : { host, start, pid: Number(pid) };
}

const nameOf = ({ host, start, pid }: Holder): string => `${PREFIX}${host}-${start}-${pid}`;

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
  const own = nameOf({ host: HOST, start: startOf(process.pid), pid: process.pid });
  const path = join(out, own);
  await writeFile(path, "");
  const forget = removeAtExit(path);
  const deadline = performance.now() + PATIENCE;
  let others: string[];
  while ((others = await otherHolders(out, own)).length > 0) {
    if (others.some((name) => name < own) || performance.now() > deadline) {
      await rm(path, { force: true });
      forget();
      const { host, pid } = holderOf(others[0])!;
      const where = host === HOST ? "" : ` on ${host}`;
      throw new InputError(
        `Process ${pid}${where} is writing into ${out}: wait until it has ended, or choose another folder with --out.`,
      );
    }
    await setTimeout(PAUSE);
  }
  setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), TOUCH).unref();
}

/** The files of running processes, first ones first; what the dead have left is removed. */
async function otherHolders(out: string, own: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(out)).filter((name) => isLock(name) && name !== own).sort()) {
    if (await isRunning(out, name, own)) found.push(name);
    else await rm(join(out, name), { force: true });
  }
  return found;
}

async function isRunning(out: string, name: string, own: string): Promise<boolean> {
  const holder = holderOf(name);
  if (holder === undefined) return false;
  if (holder.host === HOST) return isAlive(holder.pid) && startOf(holder.pid) === holder.start;
  // Both times are those of the file server, whose clock may be another.
  const [theirs, now] = await Promise.all(
    [name, own].map((file) =>
      stat(join(out, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return theirs > 0 && now - theirs < SILENT;
}
