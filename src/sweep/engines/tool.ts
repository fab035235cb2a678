// Calls a scheduler's own program.
import { execFile } from "node:child_process";
import { InputError } from "../../core/errors.js";

/** Its trimmed stdout. Throws an InputError if the program is missing, fails, or takes longer than `patience` milliseconds. */
export const ask = (program: string, args: string[], patience = 0): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { timeout: patience }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      if (error.code === "ENOENT")
        return reject(
          new InputError(`${program} is not installed here: write the files with --dry-run and submit them elsewhere.`),
        );
      const said = (stderr.trim() || error.message).split("\n")[0];
      reject(new InputError(`${program} failed: ${said.replace(/\.$/, "")}.`));
    });
  });
