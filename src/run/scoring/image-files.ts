// Expands arguments into a list of image files: files, folders with their subfolders, patterns, lists of paths.
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, join, sep } from "node:path";
import { counted } from "../../core/counted.js";
import { InputError } from "../../core/errors.js";
import { asClause, knownFile } from "../../core/known-file.js";
import { decodeText, encodingNote, linesOf, partsOf } from "../../core/text.js";
import { createFinder, type Finder, isForeignPath, spellingNotes } from "../../data/find-file.js";
import { contentNotes, imagesAmong } from "../../data/images-among.js";
import { leftOut, noImages } from "../../data/left-out.js";
import { isSystemName } from "../../data/system-names.js";
import { type ImageFormat, imageFormat } from "../../image/magic.js";
import { isMapFile } from "../../node/map-files.js";

const MAX_LIST_BYTES = 256 * 2 ** 20;
/** As many as an archive may have. */
const MAX_PATHS = 2_000_000;

/** A list of paths, read as a stream. `name` is used in messages. */
export interface PathList {
  name: string;
  bytes: AsyncIterable<Buffer>;
}

/**
 * Each file appears once, at its first place; files of the list come last. Files of folders and patterns are in code-unit order.
 * Files named explicitly are included even if they do not exist; reading them reports the error. A name may differ from the one on
 * disk as data/find-file.ts says. Folders contribute JPEG, PNG and DICOM files, by data/images-among.ts. Maps of `predict --map` are left out. `note` receives what was assumed or left out.
 */
export async function findImageFiles(
  named: string[],
  list?: PathList,
  note: (line: string) => void = () => {},
): Promise<string[]> {
  const found: Found = { images: new Set(), formats: [], leftOut: [] };
  const find = createFinder("");
  const spellings: Spelled[] = [];
  for (const name of named) {
    if (await addNamed(name, find, found, spellings)) continue;
    // Loaded by the first name that is neither a file nor a folder.
    const { isDynamicPattern } = await import("tinyglobby");
    if (isDynamicPattern(patternOf(name))) await addPattern(patternOf(name), found);
    else found.images.add(name);
  }
  if (list) await addList(list, find, found, note);
  const notes = [...spellingNotes("The command", spellings), ...contentNotes(found.formats), ...leftOut(found.leftOut)];
  for (const sentence of notes) note(`Note: ${sentence}`);
  return withoutMaps(withoutDirectories([...found.images], note), note);
}

type Spelled = Parameters<typeof spellingNotes>[1][number];

/** False if there is no such file or folder. */
async function addNamed(typed: string, find: Finder, found: Found, spellings: Spelled[]): Promise<boolean> {
  const there = await find(typed);
  if (!there) return false;
  spellings.push({ typed, spelling: there.spelling });
  if (there.stats.isDirectory()) await addFolder(there.path, found);
  else found.images.add(there.path);
  return true;
}

interface Found {
  images: Set<string>;
  /** Formats of the files of folders that were identified by their content. */
  formats: ImageFormat[];
  /** Files of folders that are no images. */
  leftOut: string[];
}

async function addList(list: PathList, find: Finder, found: Found, note: (line: string) => void): Promise<void> {
  const { paths, notes } = await readList(list, note);
  const spellings: Spelled[] = [];
  for (const typed of paths) {
    // Explorer copies paths with quotes.
    const [, unquoted] = /^"(.*)"\s*$/.exec(typed) ?? [];
    const known = await addNamed(typed, find, found, spellings);
    if (!known && !(unquoted && (await addNamed(unquoted, find, found, spellings)))) found.images.add(unquoted ?? typed);
  }
  if (spellings.length === 0) throw noFiles(list.name, paths[0].replace(/^"/, ""));
  for (const sentence of [...notes, ...spellingNotes(list.name, spellings)]) note(`Note: ${sentence}`);
}

function noFiles(name: string, first: string): InputError {
  const shown = JSON.stringify(first.slice(0, 100));
  if (isForeignPath(first))
    return new InputError(`${name} holds paths of Windows, such as ${shown}: write the paths on this machine.`);
  return new InputError(
    `${name} names no file that exists; the first is ${shown}: give one path per line, from the current folder or absolute.`,
  );
}

/** The DICOMDIR of a patient CD lists the other files: it is left out where it is named among them. */
function withoutDirectories(paths: string[], note: (line: string) => void): string[] {
  const kept = paths.filter((path) => basename(path).toUpperCase() !== "DICOMDIR");
  if (kept.length === paths.length || kept.length === 0) return paths;
  note("Note: DICOMDIR is left out: it lists other files.");
  return kept;
}

/** Maps that an earlier `predict --map` wrote beside the images are no X-rays. */
async function withoutMaps(paths: string[], note: (line: string) => void): Promise<string[]> {
  const kept: string[] = [];
  for (const path of paths) if (!(await isMapFile(path))) kept.push(path);
  const count = paths.length - kept.length;
  if (count > 0 && kept.length === 0) {
    throw new InputError(`${paths[0]} is a class activation map of predict --map, not an X-ray: name the images themselves.`);
  }
  if (count > 0) {
    note(
      `Note: ${counted(count, "class activation map that predict --map wrote is", "class activation maps that predict --map wrote are")} left out.`,
    );
  }
  return kept;
}

/** A pipe or terminal may keep a reader waiting. After so many milliseconds, the user is told. */
const PATIENCE = 2000;

/** One path per line, or NUL-terminated as from find -print0. */
async function readList({ name, bytes }: PathList, note: (line: string) => void): Promise<{ paths: string[]; notes: string[] }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const silent = setTimeout(() => note(`${name}: waiting until something is written to it. Ctrl-C ends.`), PATIENCE);
  try {
    for await (const chunk of bytes) {
      clearTimeout(silent);
      length += chunk.length;
      if (length > MAX_LIST_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new InputError(
      `${name} cannot be read (${(error as NodeJS.ErrnoException).code}): give a file with one path per line.`,
    );
  } finally {
    clearTimeout(silent);
  }
  if (length > MAX_LIST_BYTES)
    throw new InputError(`${name} is larger than ${MAX_LIST_BYTES / 2 ** 20} MiB: split it into several lists.`);
  const content = Buffer.concat(chunks);
  if (imageFormat(content)) throw new InputError(`${name} is no list of paths: it is an image.`);
  const known = knownFile(content);
  if (known) throw new InputError(`${name} is no list of paths: it is ${asClause(known)}.`);
  const decoded = decodeText(content);
  const { text } = decoded;
  const paths = pathsIn(text, name);
  if (paths.length === 0) throw new InputError(`${name} is empty: give one path per line.`);
  return { paths, notes: encodingNote(name, decoded) };
}

/** The paths in the text of a list. */
export function pathsIn(text: string, name: string): string[] {
  const paths: string[] = [];
  for (const path of text.includes("\0") ? partsOf(text, "\0") : linesOf(text)) {
    if (path.trim() === "") continue;
    if (paths.push(path) > MAX_PATHS)
      throw new InputError(`${name} names more than ${MAX_PATHS} files: split it into several lists.`);
  }
  return paths;
}

async function addFolder(path: string, found: Found): Promise<void> {
  const below: string[] = [];
  const before = found.leftOut.length;
  await addImagesBelow(path, new Set(), below, found);
  if (below.length === 0) throw noImages(path, found.leftOut.slice(before));
  for (const file of below) found.images.add(file);
}

/** On Windows, a backslash stands between names; elsewhere it makes the next character of a pattern an ordinary one. */
const patternOf = (typed: string): string => typed.replaceAll(sep, "/");

async function addPattern(pattern: string, found: Found): Promise<void> {
  const { glob } = await import("tinyglobby");
  const options = { onlyFiles: false, expandDirectories: false, ignore: ["**/__MACOSX/**"] };
  const absolute = isAbsolute(pattern);
  let paths: string[] = [];
  // Names on disk may have another Unicode form than the pattern.
  for (const form of new Set([pattern, pattern.normalize("NFD"), pattern.normalize("NFC")])) {
    const matches = paths.length > 0 ? [] : await glob(form, { ...options, absolute });
    paths = [...paths, ...matches.filter((path) => !isSystemName(basename(path)))];
  }
  if (paths.length === 0) throw new InputError(`No file matches ${pattern}: check the pattern.`);
  for (const path of paths.sort()) {
    const name = path.replace(/\/$/, "");
    const isFolder = await stat(name).then(
      (s) => s.isDirectory(),
      () => false,
    );
    // A pattern may match any file name; a matching folder is searched.
    if (isFolder) await addFolder(name, found);
    else found.images.add(name);
  }
}

/**
 * Adds the images below a folder, and the other files. A folder that cannot be listed counts as an image, so that reading it reports
 * the error.
 */
async function addImagesBelow(folder: string, above: Set<string>, images: string[], found: Found): Promise<void> {
  // Prevents endless recursion through a link to a parent folder.
  const real = await realpath(folder);
  if (above.has(real)) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (!entries) return void images.push(folder);
  const names = entries.filter((entry) => !entry.isDirectory() && !isSystemName(entry.name)).map(({ name }) => name);
  const among = await imagesAmong(folder, names);
  for (const format of among.formats) found.formats.push(format);
  const named = new Set(among.images);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (isSystemName(entry.name)) continue;
    const linked = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
    if (linked.isDirectory()) await addImagesBelow(path, new Set(above).add(real), images, found);
    else if (named.has(entry.name)) images.push(path);
    else found.leftOut.push(path);
  }
}
