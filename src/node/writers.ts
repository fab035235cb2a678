// Who is writing a file: a process of this machine, or one of another that shares the folder. Its name stands in the name of what it
// has not finished, so that whoever comes later knows what nobody will finish.
import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** This machine, in letters that every file system takes. */
export const HOST = hostname()
  .replace(/[^A-Za-z0-9]/g, "_")
  .slice(0, 40);

/** Another machine's processes cannot be asked: what nobody has touched for so long is taken for left behind. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Whether a process of this number runs here, be it somebody else's. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The name of what this process writes before it becomes `path`; `several`: for more than one at a time. */
export function temporaryName(path: string, several = false): string {
  const own = several ? `.${randomBytes(4).toString("hex")}` : "";
  return `${path}.${HOST}-${process.pid}${own}.tmp`;
}

const TEMPORARY = /^(.+)\.([A-Za-z0-9_]*)-(\d+)(?:\.[0-9a-f]{8})?\.tmp$/;

/** The name of the file that a temporary one was to become; undefined: it is none. */
export const unfinishedName = (name: string): string | undefined => TEMPORARY.exec(name)?.[1];

/** Removes from a folder what killed processes have left of the files that `chosen` picks by name: hundreds of MiB, often. */
export async function removeAbandonedIn(folder: string, chosen: (name: string) => boolean): Promise<void> {
  for (const found of await readdir(folder).catch(() => [])) {
    const [, name, host, pid] = TEMPORARY.exec(found) ?? [];
    if (name === undefined || !chosen(name)) continue;
    const path = join(folder, found);
    const gone = host === HOST ? !isAlive(Number(pid)) : await isOld(path);
    // What cannot be removed is left: it stands in nobody's way.
    if (gone) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** As removeAbandonedIn, of one file. */
export const removeAbandoned = (path: string): Promise<void> =>
  removeAbandonedIn(dirname(path), (name) => name === basename(path));

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > ABANDONED_AFTER_MS;
}
