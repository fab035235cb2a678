import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { absent } from "../skip.js";

// Compiled to build/test/data: three levels below the repository.
const repository = new URL("../../../", import.meta.url);

const fixtureUrl = (name: string) => new URL(`test/fixtures/${name}`, repository);
export const fixtureBytes = (name: string): Uint8Array => readFileSync(fixtureUrl(name));
export const fixture = (name: string) => JSON.parse(readFileSync(fixtureUrl(name), "utf8"));

type RealFolder = "chest_xray" | "originals";

/** Where the real dataset's folder is, if it is here: in PULMO_DATA, else in ../shared/data. */
export const realData = (folder: RealFolder): string =>
  join(process.env.PULMO_DATA ?? fileURLToPath(new URL("../shared/data", repository)), folder);

/** The reason where it is not here. */
export const withoutData = (folder: RealFolder): string | undefined =>
  absent(realData(folder), `set PULMO_DATA to the folder that holds ${folder}`);

const folders: string[] = [];
process.once("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A fresh folder, removed when the tests of this process end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pulmo-test-"));
  folders.push(folder);
  return folder;
}
