// The files of a drop or of a file input, including those in folders.
import { isSystemName } from "../data/system-names.js";
import type { Dropped } from "./items.js";

export const chosenFiles = (files: FileList): Dropped[] =>
  Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name })).filter(
    ({ path }) => !path.split("/").some(isSystemName),
  );

/** Must be called in the drop event's handler: the items are gone afterwards. */
export async function droppedFiles(data: DataTransfer): Promise<Dropped[]> {
  const items = Array.from(data.items).filter(({ kind }) => kind === "file");
  // A file comes from its item: files that a script has added are no file system entries, or in WebKit entries without a file.
  const dropped = items.map((item) => {
    const entry = item.webkitGetAsEntry();
    return entry?.isDirectory ? entry : item.getAsFile();
  });
  const found: Dropped[] = [];
  for (const one of dropped) {
    if (one instanceof File) found.push(...(isSystemName(one.name) ? [] : [{ file: one, path: one.name }]));
    else if (one) await addFilesBelow(one, found);
  }
  return found;
}

/** Names are compared in code units, as in Node. */
async function addFilesBelow(entry: FileSystemEntry, found: Dropped[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return void found.push({ file, path: entry.fullPath.slice(1) });
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const below: FileSystemEntry[] = [];
  // A call returns at most 100 entries, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    for (const one of some) if (!isSystemName(one.name)) below.push(one);
  }
  for (const one of below.sort((a, b) => (a.name < b.name ? -1 : 1))) await addFilesBelow(one, found);
}
