// Checks of a command's output paths before its work: they lose no input and no file of the user, and can be written.
import { access, constants, readdir, stat } from "node:fs/promises";
import nodePath, { dirname } from "node:path";
import { InputError } from "../core/errors.js";
import { readBeginning, tryWritableFolder } from "../node/files.js";
import { outputTarget } from "../node/output-target.js";
import { reasonOf } from "../node/write-errors.js";

export interface OutputFile {
  /** As messages name it: "--csv". */
  option: string;
  path: string;
  /** Matches the beginning of files that may be replaced: those that the same command wrote. Absent: no file may be. */
  replaces?: RegExp;
}

/** Bytes of a file that `replaces` is tried on. */
const BEGINNING = 4096;

/** Throws an InputError unless the file can be written without loss. An empty file may always be replaced. */
export async function checkOutputFile({ option, path, replaces }: OutputFile, inputs: Iterable<string> = []): Promise<void> {
  const unwritable = (error: NodeJS.ErrnoException): never => {
    if (error instanceof InputError) throw error;
    throw new InputError(`${option} ${path} is not writable: ${reasonOf(error)}. Choose another path.`, { cause: error });
  };
  const target = await outputTarget(path).catch(unwritable);
  if (target.kind === "stream") return;
  const { path: file } = target;
  await tryWritableFolder(dirname(file)).catch(unwritable);
  if (target.mode === undefined) return;
  await access(file, constants.W_OK).catch(unwritable);
  const input = await inputThatIs(file, inputs);
  if (input !== undefined) throw new InputError(`${option} ${path} is an input of this command (${input}): choose another name.`);
  const beginning = (await readBeginning(file, BEGINNING).catch(unwritable)).toString("latin1");
  if (beginning === "" || replaces?.test(beginning)) return;
  throw new InputError(
    replaces
      ? `${option} ${path} already exists and does not hold what pulmo writes there: choose another name or delete it.`
      : `${path} already exists: choose another name or delete it.`,
  );
}

/** The input that is the same file, whatever its path: a relative one, a symbolic or a hard link. */
async function inputThatIs(file: string, inputs: Iterable<string>): Promise<string | undefined> {
  const identityOf = (path: string) =>
    stat(path, { bigint: true }).then(
      ({ dev, ino }) => `${dev}:${ino}`,
      () => "",
    );
  const own = await identityOf(file);
  for (const input of inputs) if ((await identityOf(input)) === own) return input;
  return undefined;
}

/** False if there is no such file. */
export const beginsAs = (path: string, pattern: RegExp): Promise<boolean> =>
  readBeginning(path, BEGINNING).then(
    (beginning) => pattern.test(beginning.toString("latin1")),
    () => false,
  );

/** A folder that is to receive files. It is not created yet. */
export async function checkOutputFolder(option: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isDirectory()) throw new InputError(`${option} ${path} is a file: give a folder.`);
  await tryWritableFolder(path).catch((error) => {
    throw new InputError(`${option} ${path} is not writable: ${reasonOf(error)}. Choose another folder.`, { cause: error });
  });
}

/** A folder that is to be made as a whole: new, or empty. Its parent must exist. */
export async function checkNewFolder(option: string, path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new InputError(`${option} ${path} cannot be a new folder: ${reasonOf(error)}. Choose another one.`, { cause: error });
  });
  if (names.length > 0) throw new InputError(`${option} ${path} is not empty: choose a new or an empty folder.`);
  await checkOutputFolder(option, path);
}

/** True if `path` is the folder or below it, by the words of the paths. */
export function isWithin(folder: string, path: string, { relative, resolve, sep, isAbsolute } = nodePath): boolean {
  const way = relative(resolve(folder), resolve(path));
  // On another drive of Windows, the way is absolute.
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
