// A scheduler's own program, asked.
import { execFile } from "node:child_process";
import { InputError } from "../../core/errors.js";

/** Its trimmed stdout. Throws an InputError where the program is not there or says no. */
export const ask = (program: string, args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, args, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      if (error.code === "ENOENT")
        return reject(
          new InputError(`There is no ${program} here: write the files with --dry-run and hand them over elsewhere.`),
        );
      const said = (stderr.trim() || error.message).split("\n")[0];
      reject(new InputError(`${program} says: ${said.replace(/\.$/, "")}.`));
    });
  });
