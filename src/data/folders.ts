import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { counted } from "../core/counted.js";
import { InputError } from "../core/errors.js";
import type { ImageFormat } from "../image/magic.js";
import { withoutMapFiles } from "../node/map-files.js";
import { IMAGE_NAME } from "./image-names.js";
import { contentNotes, imagesAmong } from "./images-among.js";
import { leftOut } from "./left-out.js";
import { canonical, folded, inOrder } from "./same-name.js";
import { splitOf } from "./split-words.js";
import { isSystemName } from "./system-names.js";
import { type ClassNames, type Label, SPLITS, type Split } from "./types.js";

/** The images of a folder <split>/<class>, or of several such folders whose names are the same by data/same-name.ts. */
export interface ClassFolder {
  /** Relative to the folder of the dataset, with forward slashes. */
  path: string;
  split: Split;
  label: Label;
  /** Paths of the images, relative to the folder of the dataset, in code-unit order, which is the same in every locale; also in subfolders. */
  images: string[];
}

/** Deeper than any known layout of the unpacked archive (chest_xray/chest_xray/train/train/NORMAL). */
const MAX_DEPTH = 8;
/** In which images without a label are counted. */
const MOST_FOLDERS = 20_000;

export interface Layout {
  folders: ClassFolder[];
  /** What was assumed or left out, one sentence each. */
  notes: string[];
  /** Files that are left out. */
  stray: string[];
}

/** Every class folder below `root`, the least nested first, and notes on what was assumed or left out. */
export async function findClassFolders(root: string, classes: ClassNames): Promise<Layout> {
  const places: Place[] = [];
  const stray: string[] = [];
  const formats: ImageFormat[] = [];
  const visited = new Set<string>();
  /** The class folder that a folder is, or is in. */
  const placeFor = new Map<string, Place>();
  let inSubfolders = 0;
  let level = [""];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const below: string[] = [];
    for (const path of level) {
      const real = await realpath(join(root, path)).catch((error) => explain(error, join(root, path)));
      if (visited.has(real)) continue;
      visited.add(real);
      const { files, directories } = await list(root, path);
      for (const name of directories) {
        below.push(pathOf(path, name));
        if (IMAGE_NAME.test(name)) stray.push(`${pathOf(path, name)}/`);
      }
      const named = placeOf(path === "" ? basename(root) : path, classes);
      const outer = isNamed(basename(path), classes) ? undefined : placeFor.get(parentOf(path));
      const place: Place | undefined = named ? { path, ...named, images: [] } : outer;
      if (place) placeFor.set(path, place);
      const found = place && (await imagesAmong(join(root, path), files));
      // Maps that predict wrote beside the X-rays count as stray.
      const images = await withoutMapFiles(join(root, path), found?.images ?? []);
      for (const format of found?.formats ?? []) formats.push(format);
      if (place && images.length > 0) {
        if (place.images.length === 0) places.push(place);
        for (const name of images) place.images.push(pathOf(path, name));
        if (!named) inSubfolders += images.length;
      }
      const taken = new Set(images);
      for (const name of files) {
        if (!taken.has(name) && !(path === "" && IGNORED_AT_ROOT.test(name))) stray.push(pathOf(path, name));
      }
    }
    level = below;
  }
  const { chosen, notes } = chooseSplits(places);
  return {
    folders: merged(chosen),
    stray,
    notes: [
      ...notes,
      ...assumptions(chosen, classes),
      ...subfolderNote(inSubfolders),
      ...contentNotes(formats),
      ...strayNote(stray),
    ],
  };
}

const pathOf = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** Whether a folder's name is that of a split or class. Inside a class folder it does not tell to which class its images belong. */
const isNamed = (name: string, classes: ClassNames): boolean =>
  splitOf(name) !== undefined || classes.some((known) => folded(known) === folded(name));

/** Images in folders of a class folder, such as a patient's, belong to the class, as in torchvision's ImageFolder. */
function subfolderNote(count: number): string[] {
  if (count === 0) return [];
  return [
    `${counted(count, "image in subfolders of class folders belongs", "images in subfolders of class folders belong")} to these classes.`,
  ];
}

/** Text files that come with a dataset are not reported as stray. */
const IGNORED_AT_ROOT = /\.(txt|md)$/i;

interface Place extends ClassFolder {
  /** The names of the split's and the class's folder. */
  names: [split: string, label: string];
}

/** train/NORMAL, also if one of them is doubled (train/train/NORMAL, train/NORMAL/NORMAL). */
function placeOf(path: string, classes: ClassNames): Pick<Place, "split" | "label" | "names"> | null {
  const parts = path.split("/");
  const name = parts.pop()!;
  while (parts.length > 0 && folded(parts.at(-1)!) === folded(name)) parts.pop();
  const label = classes.findIndex((known) => folded(known) === folded(name));
  const above = parts.at(-1);
  const split = above === undefined ? undefined : splitOf(above);
  return label >= 0 && split ? { split, label: label as Label, names: [above!, name] } : null;
}

/**
 * A folder called "valid" counts as val only if there is no val beside it. Throws an InputError if several such folders may be one
 * split.
 */
function chooseSplits(places: Place[]): { chosen: Place[]; notes: string[] } {
  const notes: string[] = [];
  const words = (split: Split) => new Set(places.filter((p) => p.split === split).map(({ names: [name] }) => folded(name)));
  const chosen = SPLITS.flatMap((split) => {
    const own = words(split);
    if (own.size < 2) return places.filter((place) => place.split === split);
    if (!own.has(split)) {
      throw new InputError(`The dataset has the folders ${[...own].join(" and ")}: call the one to use ${split}.`);
    }
    own.delete(split);
    notes.push(`${[...own].join(" and ")} was left out, because there is ${split}.`);
    return places.filter((place) => place.split === split && folded(place.names[0]) === split);
  });
  return { chosen, notes };
}

/** Folders whose paths differ in Unicode form, case or spaces around their names become one. */
function merged(places: Place[]): ClassFolder[] {
  const byPath = new Map<string, Place[]>();
  for (const place of places) {
    const key = place.path.split("/").map(folded).join("/");
    const known = byPath.get(key);
    if (known) known.push(place);
    else byPath.set(key, [place]);
  }
  return [...byPath.values()].map(([first, ...others]) => ({
    ...{ path: first.path, split: first.split, label: first.label },
    images: inOrder(
      [first, ...others].flatMap(({ images }) => images),
      (image) => image,
    ),
  }));
}

/** Names of folders that are not exactly those of the splits and classes. */
function assumptions(places: Place[], classes: ClassNames): string[] {
  const read = new Map<string, string>();
  for (const { names, split, label } of places) {
    const meant = [split, classes[label]];
    names.forEach((name, i) => {
      if (canonical(name) !== canonical(meant[i])) read.set(name, meant[i]);
    });
  }
  return [...read].map(([name, meant]) => `The folder name ${JSON.stringify(name)} was read as ${meant}.`);
}

/** Names in order, without those that systems leave; links are followed. */
async function list(root: string, path: string): Promise<{ files: string[]; directories: string[] }> {
  const folder = join(root, path);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => explain(error, folder));
  const files: string[] = [];
  const directories: string[] = [];
  for (const entry of entries) {
    if (isSystemName(entry.name)) continue;
    const linked = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => entry) : entry;
    (linked.isDirectory() ? directories : files).push(entry.name);
  }
  return { files: inOrder(files, (name) => name), directories: inOrder(directories, (name) => name) };
}

/** Names of the images in a folder below `root`, relative to `root`. */
export async function imageNamesIn(root: string, folder: string): Promise<string[]> {
  const { files } = await list(root, folder);
  const { images } = await imagesAmong(join(root, folder), files);
  return images.map((name) => (folder === "." ? name : pathOf(folder, name)));
}

/**
 * Names of the images in `root` and its folders, relative to `root`, to a limited depth and number of folders. Folders that cannot be
 * read are skipped.
 */
export async function imageNamesBelow(root: string): Promise<string[]> {
  const names: string[] = [];
  const visited = new Set<string>();
  let level = [""];
  for (let depth = 0; depth < MAX_DEPTH && visited.size < MOST_FOLDERS && level.length > 0; depth++) {
    const below: string[] = [];
    for (const path of level) {
      const real = await realpath(join(root, path)).catch(() => undefined);
      if (real === undefined || visited.has(real)) continue;
      visited.add(real);
      const { files, directories } = await list(root, path).catch(() => ({ files: [], directories: [] }));
      for (const name of directories) below.push(pathOf(path, name));
      const { images } = await imagesAmong(join(root, path), files);
      for (const name of images) names.push(pathOf(path, name));
    }
    level = below;
  }
  return names;
}

function strayNote(stray: string[]): string[] {
  return leftOut(stray, (path) => {
    if (path.endsWith("/")) return "called as an image but a folder";
    return IMAGE_NAME.test(path) ? "outside the class folders" : undefined;
  });
}

function explain(error: NodeJS.ErrnoException, folder: string): never {
  if (error.code === "ENOENT") {
    throw new InputError(`The dataset folder ${folder} does not exist: give the folder that holds train, val and test.`);
  }
  if (error.code === "ENOTDIR") {
    throw new InputError(
      `The dataset ${folder} is a file, not a folder: give the folder that holds train, val and test, or a file called .csv, .tsv, .npz or .zip.`,
    );
  }
  throw new InputError(`The dataset folder ${folder} cannot be read (${error.code}): check its permissions.`);
}
