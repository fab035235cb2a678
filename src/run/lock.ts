// One run at a time writes into a folder. Everybody who wants it puts down a file of its own, named by the process and its start,
// and then looks whether anybody else is there: of two that come at once both go back, and try again. A process that was killed
// holds nothing.
import { readFileSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.js";
import { removeAtExit } from "../node/files.js";
import { isAlive } from "../node/processes.js";

const PREFIX = ".lock-";
export const isLock = (name: string): boolean => name.startsWith(PREFIX);

/** "pid-start"; the start is 0 where the system does not tell it. A pid is used again, after a while. */
function identity(pid: number): string {
  try {
    // The 22nd field, counted behind the name, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid}-${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return `${pid}-0`;
  }
}

function isRunning(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  return isAlive(pid) && identity(pid) === holder;
}

const ATTEMPTS = 6;
/** Milliseconds, up to which those who met wait before they try again. */
const LONGEST_WAIT = 100;

/** Until this process ends. Throws an InputError where another one holds the folder, which must be there. */
export async function lockFolder(out: string): Promise<void> {
  const own = join(out, PREFIX + identity(process.pid));
  let holder: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await setTimeout(Math.random() * LONGEST_WAIT);
    await writeFile(own, "");
    const forget = removeAtExit(own);
    holder = await otherHolder(out);
    if (holder === undefined) return;
    await rm(own, { force: true });
    forget();
  }
  throw new InputError(`Process ${holder} is writing into ${out}: wait until it has ended, or choose another folder with --out.`);
}

/** The pid of a running process that has put its file down; what the dead have left is removed. */
async function otherHolder(out: string): Promise<string | undefined> {
  let found: string | undefined;
  for (const name of (await readdir(out)).filter(isLock)) {
    const holder = name.slice(PREFIX.length);
    if (holder === identity(process.pid)) continue;
    if (isRunning(holder)) found = holder.split("-")[0];
    else await rm(join(out, name), { force: true });
  }
  return found;
}
