// Expands arguments into a list of image files: files, folders with their subfolders, patterns, lists of paths.
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { InputError } from "../../core/errors.js";
import { IMAGE_NAME, isSystemName } from "../../data/folders.js";
import { imageFormat, MAGIC_BYTES } from "../../image/magic.js";
import { isMapFile } from "../../node/map-files.js";

const MAX_LIST_BYTES = 256 * 2 ** 20;

/** A list of paths, read as a stream. `name` is used in messages. */
export interface PathList {
  name: string;
  bytes: AsyncIterable<Buffer>;
}

/**
 * Each file appears once, at its first place; files of the list come last. Files of folders and patterns are in code-unit order.
 * Files named explicitly are included even if they do not exist; reading them reports the error. Folders contribute JPEG, PNG and
 * DICOM files, recognised by extension. Maps of `predict --map` are left out with a note. Files without an extension, as scanners write them, are recognised by their first bytes.
 */
export async function findImageFiles(
  named: string[],
  list?: PathList,
  note: (line: string) => void = () => {},
): Promise<string[]> {
  const found = new Set<string>();
  for (const name of named) {
    if ((await exists(name)) || !isDynamicPattern(name)) await addPath(name, found);
    else await addPattern(name, found);
  }
  if (list) for (const line of await readList(list)) await addPath(line, found);
  return withoutMaps([...found], note);
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
      `Note: ${count} class activation map${count === 1 ? "" : "s"} that predict --map wrote ${count === 1 ? "is" : "are"} left out.`,
    );
  }
  return kept;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** One path per line, or NUL-terminated as from find -print0. */
async function readList({ name, bytes }: PathList): Promise<string[]> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > MAX_LIST_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new InputError(
      `${name} cannot be read (${(error as NodeJS.ErrnoException).code}): give a file with one path per line.`,
    );
  }
  if (length > MAX_LIST_BYTES)
    throw new InputError(`${name} is larger than ${MAX_LIST_BYTES / 2 ** 20} MiB: split it into several lists.`);
  const text = Buffer.concat(chunks).toString("utf8");
  const paths = (text.includes("\0") ? text.split("\0") : text.split(/\r?\n/)).filter((path) => path !== "");
  if (paths.length === 0) throw new InputError(`${name} is empty: give one path per line.`);
  return paths;
}

async function addPath(path: string, found: Set<string>): Promise<void> {
  const isFolder = await stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );
  if (!isFolder) return void found.add(path);
  const before = found.size;
  const below = await imagesBelowFolder(path, new Set());
  for (const file of below) found.add(file);
  if (below.length === 0 && found.size === before) {
    throw new InputError(`${path} contains no JPEG, PNG or DICOM image: choose another folder.`);
  }
}

async function addPattern(pattern: string, found: Set<string>): Promise<void> {
  const options = { onlyFiles: false, expandDirectories: false, ignore: ["**/__MACOSX/**"] };
  const matches = await glob(pattern, { ...options, absolute: isAbsolute(pattern) });
  const paths = matches.filter((path) => !isSystemName(basename(path)));
  if (paths.length === 0) throw new InputError(`No file matches ${pattern}: check the pattern.`);
  for (const path of paths.sort()) {
    const name = path.replace(/\/$/, "");
    // A pattern may match any file name; a matching folder is searched.
    await addPath(name, found);
  }
}

/** A folder that cannot be listed is returned as a file, so that reading it reports the error. */
async function imagesBelowFolder(folder: string, above: Set<string>): Promise<string[]> {
  // Prevents endless recursion through a link to a parent folder.
  const real = await realpath(folder);
  if (above.has(real)) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (!entries) return [folder];
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (isSystemName(entry.name)) continue;
    const linked = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
    if (linked.isDirectory()) files.push(...(await imagesBelowFolder(path, new Set(above).add(real))));
    else if (IMAGE_NAME.test(entry.name) || (linked.isFile() && !entry.name.includes(".") && (await beginsAsImage(path)))) {
      files.push(path);
    }
  }
  return files;
}

/** A file that cannot be opened counts as an image, so that reading it reports the error. */
async function beginsAsImage(path: string): Promise<boolean> {
  const file = await open(path, "r").catch(() => null);
  if (!file) return true;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return imageFormat(buffer.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}
