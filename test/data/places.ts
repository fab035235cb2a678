import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Compiled to build/test/data: three levels below the repository.
const repository = new URL("../../../", import.meta.url);

const fixtureUrl = (name: string) => new URL(`test/fixtures/${name}`, repository);
export const fixtureBytes = (name: string): Uint8Array => readFileSync(fixtureUrl(name));
export const fixture = (name: string) => JSON.parse(readFileSync(fixtureUrl(name), "utf8"));

/** The real dataset's folder (PULMO_DATA, else ../shared/data), or null, said on the console, where it is absent. */
export function realData(folder: "chest_xray" | "originals"): string | null {
  const path = join(process.env.PULMO_DATA ?? fileURLToPath(new URL("../shared/data", repository)), folder);
  if (existsSync(path)) return path;
  console.log(`skipped: ${path} is not here (set PULMO_DATA to the folder that holds ${folder})`);
  return null;
}

const folders: string[] = [];
process.once("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A fresh folder, removed when the tests of this process end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pulmo-test-"));
  folders.push(folder);
  return folder;
}
