import { basename, relative } from "node:path";

/** How this program was called, for commands that the user can copy: "pulmo", or "node dist/cli.js". */
export const PROGRAM = programName(process.argv[1] ?? "pulmo");

function programName(script: string): string {
  if (!script.endsWith(".js")) return basename(script);
  const near = relative(process.cwd(), script);
  return `node ${near.startsWith("..") ? script : near}`;
}

/** A word of a command line, in quotes where a shell would cut it up. */
export const quoted = (word: string): string => (/^[\w./~:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
