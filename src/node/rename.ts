// Renaming over what is there, with the same result on Windows as elsewhere.
import { rename, rmdir, stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { onWindows } from "./windows-names.js";

/** Windows' errors while another program has one of the files open, most often a virus scanner, a sync client or an indexer. */
const OPEN_ELSEWHERE = ["EACCES", "EPERM", "EBUSY"];
/** How long such a program is waited for, in milliseconds. */
const PATIENCE = 5000;
const PAUSE = 50;

export interface RenameOptions {
  windows?: boolean;
  patience?: number;
  move?: (from: string, to: string) => Promise<void>;
}

/** Renames a file to a path that may exist. Readers of the old file keep it on POSIX systems; Windows lets none of them have it open. */
export async function renameFile(
  from: string,
  to: string,
  { windows = onWindows, patience = PATIENCE, move = rename }: RenameOptions = {},
): Promise<void> {
  const begun = performance.now();
  for (;;) {
    try {
      return await move(from, to);
    } catch (error) {
      const waits = windows && OPEN_ELSEWHERE.includes((error as NodeJS.ErrnoException).code ?? "");
      if (!waits || performance.now() - begun >= patience) throw error;
      await setTimeout(PAUSE);
    }
  }
}

/** Renames a folder to a path where nothing is, or an empty folder, which Windows does not replace. Code EEXIST or ENOTEMPTY: another folder is there. */
export async function renameFolder(from: string, to: string, options: RenameOptions = {}): Promise<void> {
  const { windows = onWindows } = options;
  if (windows) {
    await rmdir(to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
  await renameFile(from, to, options).catch(async (error) => {
    const taken = windows && (await stat(to).catch(() => undefined));
    throw taken ? Object.assign(error, { code: "EEXIST" }) : error;
  });
}
