import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "../core/errors.js";
import { type ClassNames, type Label, SPLITS, type Split } from "./types.js";

/** A folder <split>/<class> with at least one image. */
export interface ClassFolder {
  /** Relative to the folder of the dataset, with forward slashes. */
  path: string;
  split: Split;
  label: Label;
  /** Image file names in code-unit order, which is the same in every locale. */
  names: string[];
}

export const IMAGE_NAME = /\.(jpe?g|png|dcm|dicom)$/i;
/** Deeper than any known layout of the unpacked archive (chest_xray/chest_xray/train/train/NORMAL). */
const MAX_DEPTH = 8;

/** Every class folder below `root`, the least nested first, and a note on what was ignored. */
export async function findClassFolders(root: string, classes: ClassNames): Promise<{ folders: ClassFolder[]; notes: string[] }> {
  const folders: ClassFolder[] = [];
  const stray: string[] = [];
  const visited = new Set<string>();
  let level = [""];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const below: string[] = [];
    for (const path of level) {
      const real = await realpath(join(root, path)).catch((error) => explain(error, join(root, path)));
      if (visited.has(real)) continue;
      visited.add(real);
      const { files, directories } = await list(root, path);
      for (const name of directories) (isSystemName(name) ? stray : below).push(join(path, name).replaceAll("\\", "/"));
      const place = splitAndLabel(path === "" ? basename(root) : path, classes);
      const images = files.filter((name) => place && IMAGE_NAME.test(name) && !isSystemName(name));
      if (place && images.length > 0) folders.push({ path, ...place, names: images });
      const taken = new Set(images);
      stray.push(...files.filter((name) => !taken.has(name) && !(path === "" && IGNORED_AT_ROOT.test(name))));
    }
    level = below;
  }
  const notes = stray.length === 0 ? [] : [strayNote(stray)];
  return { folders, notes };
}

/** Text files that come with a dataset are not reported as stray. */
const IGNORED_AT_ROOT = /\.(txt|md)$/i;

export function isSystemName(name: string): boolean {
  return name === "__MACOSX" || name.startsWith(".");
}

/** train/NORMAL, also if one of them is doubled (train/train/NORMAL, train/NORMAL/NORMAL). */
function splitAndLabel(path: string, classes: ClassNames): { split: Split; label: Label } | null {
  const parts = path.split("/");
  const name = parts.pop();
  while (parts.at(-1) === name) parts.pop();
  const label = (classes as readonly (string | undefined)[]).indexOf(name);
  const split = SPLITS.find((s) => s === parts.at(-1));
  return label >= 0 && split ? { split, label: label as Label } : null;
}

/** Sorted names; links are followed. */
async function list(root: string, path: string): Promise<{ files: string[]; directories: string[] }> {
  const folder = join(root, path);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => explain(error, folder));
  const files: string[] = [];
  const directories: string[] = [];
  for (const entry of entries) {
    const linked = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => entry) : entry;
    (linked.isDirectory() ? directories : files).push(entry.name);
  }
  return { files: files.sort(), directories: directories.sort() };
}

function strayNote(stray: string[]): string {
  const kinds = [...new Set(stray.map((path) => basename(path)))];
  const examples = kinds.slice(0, 3).join(", ");
  const count = stray.length === 1 ? "1 stray file or folder was" : `${stray.length} stray files or folders were`;
  return `${count} ignored: ${examples}${kinds.length > 3 ? " and others" : ""}.`;
}

function explain(error: NodeJS.ErrnoException, folder: string): never {
  if (error.code === "ENOENT") {
    throw new InputError(`The dataset folder ${folder} does not exist: give the folder that holds train, val and test.`);
  }
  if (error.code === "ENOTDIR") {
    throw new InputError(
      `The dataset ${folder} is a file, not a folder: give the folder that holds train, val and test, or MedMNIST's .npz.`,
    );
  }
  throw new InputError(`The dataset folder ${folder} cannot be read (${error.code}): check its permissions.`);
}
