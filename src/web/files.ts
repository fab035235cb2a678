// The files of a drop or of a file input, including those in folders.
import type { Dropped } from "./items.js";

export const chosenFiles = (files: FileList): Dropped[] =>
  Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }));

/** Must be called in the drop event's handler: the items are gone afterwards. */
export async function droppedFiles(data: DataTransfer): Promise<Dropped[]> {
  const entries = Array.from(data.items, (item) => (item.kind === "file" ? item.webkitGetAsEntry() : null));
  // Files that a script has added are no file system entries.
  if (!entries.some(Boolean)) return chosenFiles(data.files);
  const found = await Promise.all(entries.map((entry) => (entry ? filesBelow(entry) : [])));
  return found.flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<Dropped[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, path: entry.fullPath.slice(1) }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const below: Dropped[] = [];
  // A call returns at most 100 entries, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return below.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const one of some) if (!one.name.startsWith(".")) below.push(...(await filesBelow(one)));
  }
}
