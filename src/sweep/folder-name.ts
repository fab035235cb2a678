// Names of folders that schedulers can pass on.
import { resolve, sep } from "node:path";
import { InputError } from "../core/errors.js";

/**
 * Throws an InputError for a path that Slurm cannot express: a script's directive has no line breaks and loses spaces at its end,
 * and a backslash turns off the symbols in the path of the log (sbatch, "filename pattern").
 */
export function checkSweepFolder(dir: string): void {
  const path = resolve(dir);
  const fault = /\p{Cc}/u.test(path)
    ? "a line break or another control character"
    : sep === "/" && path.includes("\\")
      ? "a backslash"
      : /\s$/u.test(path)
        ? "a space at its end"
        : undefined;
  if (fault === undefined) return;
  throw new InputError(`The folder ${path} has ${fault}, which schedulers do not accept: choose another name.`);
}
