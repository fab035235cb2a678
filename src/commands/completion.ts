// The script that yargs writes for shells, and what it asks the program while the user types.
import { resolve } from "node:path";
import { shellWord } from "../settings/shell.js";

/** The command that the script completes. A checkout has no such command, but an alias may have the name. */
export const COMPLETED = "pulmo";
const QUESTION = "--get-yargs-completions";

/** Whether the words are those of an unfinished command line, which may end in "--". */
export const isQuestion = ([first]: readonly string[]): boolean => first === QUESTION;

/** `program`: how this one was started, "pulmo" or "node dist/cli.js". */
export function completionScript(script: string, program: string): string {
  const [runtime, file] = program.split(/ (.*)/s);
  const started = file === undefined ? program : `${runtime} ${shellWord(resolve(file))}`;
  return script.replaceAll(`${COMPLETED} ${QUESTION}`, `${started} ${QUESTION}`);
}
