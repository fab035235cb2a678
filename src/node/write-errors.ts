// Errors of the file system while writing, as sentences that name the path.
import { tmpdir } from "node:os";
import { InputError } from "../core/errors.js";
import { inWords, withShared } from "./system-errors.js";
import { onWindows } from "./windows-names.js";

const REASONS = withShared({
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than the file system or the limit (ulimit -f) allows",
  EROFS: "the file system is read-only",
  ENOENT: "its folder does not exist",
  EBADF: "it is not open for writing",
  EPIPE: "its reader has closed it",
  ENXIO: "nothing reads it",
  EXDEV: "it is a mount point",
});

/** "the disk is full (ENOSPC)" */
export const reasonOf = inWords(REASONS);

/** An error as the system would report it. */
export const withSystemCode = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${REASONS[code]}`), { code });

/** An output could not be written. */
export class WriteError extends Error {
  override name = "WriteError";
  readonly code: string | undefined;
  /** `advice`: what the user can do, or where the data are. */
  constructor(path: string, error: NodeJS.ErrnoException, advice = "") {
    super(`${path} cannot be written: ${reasonOf(error)}. ${advice}`.trimEnd(), { cause: error });
    this.code = error.code;
  }
}

/** Rethrows an error of the system as a WriteError. Other errors are passed on. */
export const refuseUnwritable =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw error instanceof WriteError || error.code === undefined ? error : new WriteError(path, error);
  };

/** Rethrows an error of the system while creating a temporary file as an InputError: the user chooses its folder. Other errors are passed on. */
export function refuseTemporaryFolder(error: NodeJS.ErrnoException): never {
  try {
    return refuseTemporary(error);
  } catch (worded) {
    throw worded instanceof WriteError ? new InputError(worded.message, { cause: error }) : worded;
  }
}

/** Rethrows an error of the system while writing a temporary file. Other errors are passed on. */
export function refuseTemporary(error: NodeJS.ErrnoException): never {
  if (error.code === undefined || error.code.startsWith("ERR_")) throw error;
  throw new WriteError(
    `The folder for temporary files, ${tmpdir()},`,
    error,
    `Set ${onWindows ? "TEMP" : "TMPDIR"} to another folder.`,
  );
}
