import { isAbsolute, relative, sep } from "node:path";

/** A path as recorded in metrics.json and the report: relative, with forward slashes, if it is inside the working directory. */
export function recordedPath(path: string): string {
  const below = relative(process.cwd(), path);
  const outside = below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below);
  return outside ? path : below.replaceAll(sep, "/") || ".";
}
