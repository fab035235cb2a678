import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes to a temporary name beside `path`, then renames: a reader sees the old file or the whole new one. */
export async function writeFileAtomic(path: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
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
  }
}

/** Makes a folder and proves that files can be written there. */
export async function makeWritableFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const probe = join(path, `.pulmo-${process.pid}`);
  await (await open(probe, "wx")).close();
  await rm(probe);
}
