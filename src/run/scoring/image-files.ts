// What a person names, made a list of image files: files, folders with all that is below them, patterns, a list of paths.
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { InputError } from "../../core/errors.js";
import { IMAGE_NAME, isSystemName } from "../../data/folders.js";
import { imageFormat, MAGIC_BYTES } from "../../image/magic.js";

const MAX_LIST_BYTES = 256 * 2 ** 20;

/** A list of paths, which comes as it is read; `name` is for messages. */
export interface PathList {
  name: string;
  bytes: AsyncIterable<Buffer>;
}

/**
 * Each once, where it was named first, the list's last; folders' and patterns' files in code-unit order. Files that are named
 * are among them though they may not be there: whoever reads them says so, and goes on. Of a folder come JPEG, PNG and DICOM
 * files, by their names, or by how they begin where they have no extension, as a scanner's files.
 */
export async function findImageFiles(named: string[], list?: PathList): Promise<string[]> {
  const found = new Set<string>();
  for (const name of named) {
    if ((await exists(name)) || !isDynamicPattern(name)) await addPath(name, found);
    else await addPattern(name, found);
  }
  if (list) for (const line of await readList(list)) await addPath(line, found);
  return [...found];
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A path a line, or each ended by a NUL, as of find -print0. */
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
    throw new InputError(`${name} cannot be read (${(error as NodeJS.ErrnoException).code}): give a file with a path a line.`);
  }
  if (length > MAX_LIST_BYTES) throw new InputError(`${name} is longer than ${MAX_LIST_BYTES / 2 ** 20} MiB: divide it.`);
  const text = Buffer.concat(chunks).toString("utf8");
  const paths = (text.includes("\0") ? text.split("\0") : text.split(/\r?\n/)).filter((path) => path !== "");
  if (paths.length === 0) throw new InputError(`${name} names no file: give a path a line.`);
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
    throw new InputError(`${path} holds no JPEG, PNG or DICOM image: name a folder that does.`);
  }
}

async function addPattern(pattern: string, found: Set<string>): Promise<void> {
  const options = { onlyFiles: false, expandDirectories: false, ignore: ["**/__MACOSX/**"] };
  const matches = await glob(pattern, { ...options, absolute: isAbsolute(pattern) });
  const paths = matches.filter((path) => !isSystemName(basename(path)));
  if (paths.length === 0) throw new InputError(`No file matches ${pattern}: check the pattern.`);
  for (const path of paths.sort()) {
    const name = path.replace(/\/$/, "");
    // A pattern takes what it matches; a folder is looked into.
    await addPath(name, found);
  }
}

/** A folder that cannot be listed stands in the list itself: reading it fails, and is told. */
async function imagesBelowFolder(folder: string, above: Set<string>): Promise<string[]> {
  // A link to a folder above would never end.
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

/** What cannot be opened is taken for one: reading it tells why. */
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
