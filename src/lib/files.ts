import { rmSync } from "node:fs";
import { mkdir, open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** Files that are being written; removed also when the process exits in the middle. */
const unfinished = new Set<string>();
process.on("exit", () => unfinished.forEach((path) => rmSync(path, { force: true })));

/** Writes to a temporary name beside `path`, then renames: a reader sees the old file or the whole new one. */
export async function writeFileAtomic(path: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  unfinished.add(temporary);
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

/** Makes a folder and proves that files can be written there. */
export async function makeWritableFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const probe = join(path, `.pulmo-${process.pid}`);
  await (await open(probe, "wx")).close();
  await rm(probe);
}

/** Throws what makeWritableFolder would throw, and leaves nothing behind. */
export async function tryWritableFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  try {
    await makeWritableFolder(path);
  } finally {
    // Only folders that were made here, and only while they are empty.
    for (let made = path; firstMade !== undefined && !relative(firstMade, made).startsWith(".."); made = dirname(made)) {
      await rmdir(made).catch(() => {});
    }
  }
}
