// Files that lists and CSV files name, also where the name is spelled in another way than on disk.
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { group } from "d3-array";
import { counted } from "../core/counted.js";
import { canonical, folded } from "./same-name.js";

/** How a name differed from the one on disk. */
export type Spelling = "exact" | "Unicode form" | "backslashes" | "upper and lower case or spaces";

export interface FoundFile {
  /** As on disk, with forward slashes: relative to the root if the name is. */
  path: string;
  spelling: Spelling;
  stats: Stats;
}

/** C:\x, \\server\x: a path that only Windows has. */
const isWindowsPath = (name: string): boolean => /^([a-z]:[\\/]|\\\\)/i.test(name);

/** A path of Windows, on another system. */
export const isForeignPath = (name: string): boolean => sep === "/" && isWindowsPath(name);

export type Finder = (name: string) => Promise<FoundFile | undefined>;

/**
 * Finds files below `root`, or anywhere if names are absolute. A file with exactly the name counts first. Otherwise names are equal
 * as in data/same-name.ts, if only one name on disk is. Folders are listed once. Below `root`, the path is as on disk also where the
 * disk ignores case, or Windows takes backslashes; "" is the current folder, where paths stay as typed.
 */
export function createFinder(root: string, look: (path: string) => Promise<Stats> = stat): Finder {
  const listings = new Map<string, Promise<string[]>>();
  const namesIn = (folder: string): Promise<string[]> => {
    let names = listings.get(folder);
    if (!names) listings.set(folder, (names = readdir(folder).catch(() => [])));
    return names;
  };
  /** The names in the folder by what is the same in them. */
  const indexes = new Map<string, Promise<Map<string, string[]>>>();
  const indexOf = (folder: string, same: (name: string) => string) => {
    const key = `${same.name} ${folder}`;
    let index = indexes.get(key);
    if (!index) indexes.set(key, (index = namesIn(folder).then((names) => group(names, same))));
    return index;
  };
  const statsOf = (path: string) => look(isAbsolute(path) ? path : join(root, path)).catch(() => undefined);

  /** The path on disk whose parts are the same; undefined if a part has none or several. */
  async function walk(path: string, same: (name: string) => string): Promise<string | undefined> {
    const parts = path.split("/");
    let found = parts[0] === "" ? "/" : "";
    for (const part of parts) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        found = join(found, part);
        continue;
      }
      const index = await indexOf(isAbsolute(found) ? found : join(root, found), same);
      const equal = index.get(same(part)) ?? [];
      const name = equal.includes(part) ? part : equal.length === 1 ? equal[0] : undefined;
      if (name === undefined) return undefined;
      found = join(found, name);
    }
    return found.replaceAll(sep, "/");
  }

  /** A disk that ignores case has found the file by another name: then that on disk. */
  async function asOnDisk(typed: FoundFile): Promise<FoundFile> {
    if (root === "" || isWindowsPath(typed.path)) return typed;
    const slashed = typed.path.replaceAll(sep, "/");
    if ((await walk(slashed, identical)) !== undefined) return { ...typed, path: slashed };
    const path = await walk(slashed, folded);
    const stats = path === undefined ? undefined : await statsOf(path);
    const same = stats?.ino === typed.stats.ino && stats.dev === typed.stats.dev;
    return path !== undefined && same ? { path, spelling: "upper and lower case or spaces", stats } : typed;
  }

  return async (name) => {
    const slashed = name.replaceAll("\\", "/");
    const spelling = slashed === name ? "Unicode form" : "backslashes";
    const spellings: [Spelling, () => Promise<string | undefined>][] = [
      ["exact", async () => name],
      [spelling, async () => (slashed === name ? undefined : slashed)],
      [spelling, () => walk(slashed, canonical)],
      ["upper and lower case or spaces", () => walk(slashed, folded)],
    ];
    for (const [kind, pathOf] of spellings.slice(0, isWindowsPath(name) ? 1 : undefined)) {
      const path = await pathOf();
      const stats = path === undefined ? undefined : await statsOf(path);
      if (path !== undefined && stats) return asOnDisk({ path, spelling: kind, stats });
    }
    return undefined;
  };
}

const identical = (name: string): string => name;

/** `path` relative to `root` with forward slashes, if it is absolute and below it; else as it is. */
export function belowRoot(root: string, path: string): string {
  if (!isAbsolute(path)) return path;
  const below = relative(root, path).replaceAll(sep, "/");
  return below.startsWith("../") || isAbsolute(below) ? path : below;
}

/** Notes on names that were spelled differently. `source` has the names. */
export function spellingNotes(source: string, found: readonly { typed: string; spelling: Spelling }[]): string[] {
  const kinds = [...new Set(found.map(({ spelling }) => spelling))].filter((spelling) => spelling !== "exact");
  return kinds.map((kind) => {
    const own = found.filter(({ spelling }) => spelling === kind);
    const how =
      kind === "backslashes"
        ? `${counted(own.length, "name with backslashes was", "names with backslashes were")} read with "/"`
        : `${counted(own.length, "name differs", "names differ")} from the name on disk in ${kind === "Unicode form" ? "Unicode form (NFC or NFD)" : "upper and lower case or spaces"}`;
    return `${source}: ${how}; the first is ${JSON.stringify(own[0].typed.slice(0, 100))}.`;
  });
}
