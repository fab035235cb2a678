import { basename, relative } from "node:path";

/** How this program was started, for commands that the user can copy: "pulmo", or "node dist/cli.js". */
export function programName(script: string, windows = process.platform === "win32"): string {
  if (!script.endsWith(".js")) return basename(script);
  // npm's link on Windows is a script that starts this file by its own path.
  if (windows && /\\node_modules\\pulmo\\dist\\cli\.js$/i.test(script)) return "pulmo";
  const near = relative(process.cwd(), script);
  return `node ${near.startsWith("..") ? script : near}`;
}
