import { basename, relative } from "node:path";

/** How this program was started, for commands that the user can copy: "pulmo", or "node dist/cli.js". */
export function programName(script: string): string {
  if (!script.endsWith(".js")) return basename(script);
  const near = relative(process.cwd(), script);
  return `node ${near.startsWith("..") ? script : near}`;
}
