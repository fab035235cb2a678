// Files that are left out because they are no images.

import { extname } from "node:path";
import { counted } from "../core/counted.js";
import { InputError } from "../core/errors.js";

/** A note on files that are not used, with counts by kind, which is the extension by default. None if there are no files. */
export function leftOut(stray: readonly string[], kindOf: (path: string) => string | undefined = () => undefined): string[] {
  if (stray.length === 0) return [];
  const shown = countsByKind(stray, kindOf);
  const files = counted(stray.length, "file was", "files were");
  return [`${files} left out: ${shown}; the first is ${stray[0]}.`];
}

/** "3 .tif, 1 without extension" */
export function countsByKind(paths: readonly string[], kindOf: (path: string) => string | undefined = () => undefined): string {
  const kinds = new Map<string, number>();
  for (const path of paths) {
    const kind = kindOf(path) ?? (extname(path).toLowerCase() || "without extension");
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const counts = [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  return counts.slice(0, 10).join(", ") + (counts.length > 10 ? ", ..." : "");
}

const ARCHIVE_NAME = /\.(zip|rar|7z|tar|t?gz|tbz2?|bz2|t?xz)$/i;

/** `where` has no images, but perhaps archives. */
export function noImages(where: string, others: readonly string[]): InputError {
  const archives = others.filter((name) => ARCHIVE_NAME.test(name));
  if (archives.length === 0) {
    const found = others.length === 0 ? "" : `, but ${countsByKind(others)}`;
    return new InputError(`${where} contains no JPEG, PNG or DICOM image${found}: choose other files.`);
  }
  const count = archives.length === 1 ? "an archive" : `${archives.length} archives`;
  return new InputError(
    `${where} contains no images but ${count}, ${archives[0]}: extract it, and name the images or their folder.`,
  );
}
