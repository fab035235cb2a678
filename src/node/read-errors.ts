// Errors of the file system while reading, as words.

const REASONS: Record<string, string> = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links form a loop",
  EIO: "input/output error",
  ESTALE: "the file server has lost it",
  EBUSY: "the system uses it",
};

/** "no such file (ENOENT)" */
export const readReasonOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === undefined ? message : code in REASONS ? `${REASONS[code]} (${code})` : code;
