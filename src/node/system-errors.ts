// Errors of the file system in words.

const SHARED = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links form a loop",
  EIO: "input/output error",
  EBUSY: "the system uses it",
};

/** Words by code: `own`, which depend on what was done, and those that fit reading and writing. */
export const withShared = (own: Record<string, string>): Record<string, string> => ({ ...SHARED, ...own });

/** "no such file (ENOENT)". A code without words stands alone; an error without a code has its message. */
export const inWords =
  (reasons: Record<string, string>) =>
  ({ code, message }: NodeJS.ErrnoException): string =>
    code === undefined ? message : code in reasons ? `${reasons[code]} (${code})` : code;
