import { isAbsolute, relative, sep } from "node:path";

/** The path as metrics.json and the report record it: relative to the working directory, with forward slashes, if it is below it. */
export function recordedPath(path: string): string {
  const below = relative(process.cwd(), path);
  const outside = below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below);
  return outside ? path : below.replaceAll(sep, "/") || ".";
}
