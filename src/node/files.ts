import { rmSync } from "node:fs";
import { mkdir, open, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/** Files that are being written; removed also when the process exits in the middle. */
const unfinished = new Set<string>();
let watching = false;

function removeAtExit(path: string): void {
  unfinished.add(path);
  if (!watching) process.once("exit", () => unfinished.forEach((left) => rmSync(left, { force: true })));
  watching = true;
}

/**
 * Makes `path` and the folders above it; returns the topmost that was made. Node's own recursive mkdir never returns where
 * a parent can neither be found nor made (/proc/x/y on Node 20).
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const is = (at: string) => stat(at).then((found) => (found.isDirectory() ? "folder" : "file"), () => "nothing");
    if (code === "EEXIST" && (await is(path)) === "folder") return undefined;
    if (code !== "ENOENT" || (await is(dirname(path))) !== "nothing") throw error;
    const topmost = await makeFolder(dirname(path));
    await mkdir(path);
    return topmost ?? path;
  }
}

/**
 * Writes to a temporary name beside `path`, then renames: a reader sees the old file or the whole new one.
 * Not write-file-atomic: it wants one buffer, where a DNN's checkpoint is 880 MB in parts, and does not see a short write.
 */
export async function writeFileAtomic(path: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  removeAtExit(temporary);
  try {
    const file = await open(temporary, "w");
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

/** The whole of a file. What is larger than `most` bytes, or may have no end, is refused before it is read. */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const stats = await file.stat();
    // A folder is left to the system, which refuses it with a code.
    if (!stats.isFile() && !stats.isDirectory()) throw new Error("it is no regular file");
    if (stats.size > most) throw new Error(`the file is larger than ${most / 2 ** 20} MiB`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Makes a folder and proves that files can be written there; returns the topmost folder that was made. */
export async function makeWritableFolder(path: string): Promise<string | undefined> {
  const topmost = await makeFolder(resolve(path));
  const probe = join(path, `.pulmo-${process.pid}`);
  await (await open(probe, "wx")).close();
  await rm(probe);
  return topmost;
}

/** Throws what makeWritableFolder would throw, and leaves nothing behind. */
export async function tryWritableFolder(path: string): Promise<void> {
  const topmost = await makeWritableFolder(path);
  if (topmost === undefined) return;
  for (let made = resolve(path); !relative(topmost, made).startsWith(".."); made = dirname(made)) await rmdir(made);
}
