import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

export const version: string = JSON.parse(readFileSync(new URL("package.json", root), "utf8")).version;

/** The commit of pulmo's checkout, with "-dirty" if files are changed. Null without a checkout or git. */
export function commit(): string | null {
  if (!existsSync(new URL(".git", root))) return null;
  try {
    const command = ["-C", fileURLToPath(root), "describe", "--always", "--abbrev=12", "--dirty", "--exclude=*"];
    return execFileSync("git", command, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 5000 }).trim();
  } catch {
    return null;
  }
}
