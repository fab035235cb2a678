// What a folder that is no dataset as it stands may be, and what to type or move.
import { basename, dirname, join } from "node:path";
import { group, rollup, sum } from "d3-array";
import { InputError } from "../core/errors.js";
import { areClassNames } from "./class-names.js";
import { IMAGE_NAME } from "./image-names.js";
import { countsByKind } from "./left-out.js";
import { folded } from "./same-name.js";
import { splitOf } from "./split-words.js";
import type { ClassNames, Split } from "./types.js";

/** A folder with images that belong to no class. */
export interface OtherFolder {
  /** Relative to the folder of the dataset, with forward slashes; "." for itself. */
  path: string;
  images: number;
}

/** `stray`: paths of the files that are left out. */
export const foldersOf = (stray: readonly string[]): OtherFolder[] =>
  [
    ...rollup(
      stray.filter((path) => IMAGE_NAME.test(path)),
      (files) => files.length,
      (path) => dirname(path),
    ),
  ].map(([path, images]) => ({ path, images }));

/** Folders that a message shows. */
const SHOWN = 4;
const LIST = "a CSV of file,label,split: --data list.csv";
/** Names of a class without findings, in the usual datasets. */
const NEGATIVE = /^(0|no|normal|negative|healthy|control|clear|none|no[ _-]?finding|benign)$/i;

/** No image of `root` (absolute) belongs to a class. */
export function otherLayout(root: string, stray: readonly string[], classes: ClassNames): InputError {
  const folders = foldersOf(stray);
  const laidOut = `The dataset folder ${root} holds no images laid out as train|val|test/${classes.join("|")}/*.jpeg`;
  if (folders.length > 0) return new InputError(`${laidOut}, but ${described(folders)}: ${advice(root, folders, classes)}.`);
  const found = stray.length === 0 ? "" : `, but ${countsByKind(stray)}`;
  return new InputError(`${laidOut}${found}: point to the folder that holds train, val and test.`);
}

/** "train/Covid (2 images), train/Normal (3)" */
export function described(folders: readonly OtherFolder[]): string {
  const named = folders.slice(0, SHOWN).map(({ path, images }, i) => {
    const where = path === "." ? "the folder itself" : path;
    return `${where} (${images}${i > 0 ? "" : images === 1 ? " image" : " images"})`;
  });
  return named.join(", ") + (folders.length > SHOWN ? ", ..." : "");
}

function advice(root: string, folders: readonly OtherFolder[], classes: ClassNames): string {
  const isClass = (name: string) => classes.some((known) => folded(known) === folded(name));
  const above = dirname(root);
  if (splitOf(basename(root))) return `this is one split of a dataset, so give the folder above it: --data ${above}`;
  if (isClass(basename(root)) && splitOf(basename(above))) {
    return `this is one class of one split, so give the folder of the dataset: --data ${join(above, "..")}`;
  }
  const inSplits = folders.filter(({ path }) => splitOf(basename(dirname(path))));
  if (inSplits.length > 0) {
    const names = [...group(inSplits, ({ path }) => folded(basename(path))).values()].map(([{ path }]) => basename(path));
    return names.length < 2 ? `a dataset has two classes, each with a folder in every split` : byClasses(names);
  }
  if (folders.some(({ path }) => splitOf(basename(path)))) {
    return `each split needs a folder per class, such as train/${classes[0]} and train/${classes[1]}, or write ${LIST}`;
  }
  const inside = folders.filter(({ path }) => !path.includes("/") && path !== ".").map(({ path }) => path);
  if (inside.length < 2) return `point to the folder that holds train, val and test, or write ${LIST}`;
  const classNames = inside.every(isClass) ? "" : `, then ${byClasses(inside)}`;
  return `move the images into the folders train and test, as train/${inside[0]} and test/${inside[0]}${classNames}; or write ${LIST}`;
}

/** How to name two of the folders as classes. */
function byClasses(names: readonly string[]): string {
  const negative = names.find((name) => NEGATIVE.test(name.trim())) ?? names[0];
  const pair = [negative, names.find((name) => name !== negative)!];
  if (!areClassNames(pair)) return "rename the folders of the classes, in letters and digits";
  const others = names.length > 2 ? "; pulmo compares two, and images of other classes are left out" : "";
  return `name the two classes, positive class second: --classes ${quoted(pair.join(","))}${others}`;
}

/** The names of classes have no sign that double quotes do not protect. */
const quoted = (names: string): string => (names.includes(" ") ? `"${names}"` : names);

/** How to name the classes if images of a split are in folders that `classes` do not name; undefined: there are no such. */
export function classesInstead(folders: readonly OtherFolder[], split: Split, found: readonly string[]): string | undefined {
  const own = folders.filter(({ path }) => splitOf(basename(dirname(path))) === split);
  if (own.length === 0 || sum(own, ({ images }) => images) === 0) return undefined;
  return `but ${described(own)}: ${byClasses([...found, ...own.map(({ path }) => basename(path))])}`;
}
