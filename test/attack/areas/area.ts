import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repair } from "../repairs.js";

export interface OpenArea {
  /** Files to begin with. */
  corpus: Uint8Array[];
  /** Reads the bytes as the program would. Returns, or throws an Error with a sentence. */
  read(bytes: Uint8Array): unknown;
  repair?: Repair;
}

/** A reader of files from outside. */
export interface Area {
  name: string;
  open(): OpenArea | Promise<OpenArea>;
}

/** A folder with everything that a small run, its exports and a prediction write. */
export interface Place {
  /** Also for files that a reader takes. */
  folder: string;
  dataset: string;
  /** The run's folder. */
  run: string;
}

export const bytesOf = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(join(...path)));

export const fixtures = (pattern: RegExp, folder = "test/fixtures"): Uint8Array[] =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => bytesOf(folder, name));

/** A reader of bytes from one of a file's path. */
export const asFile = (folder: string, name: string, read: (path: string) => unknown) => (given: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, given);
  return read(path);
};

export const text = (written: string): Uint8Array => new Uint8Array(Buffer.from(written));
export const asText = (read: (text: string) => unknown) => (given: Uint8Array) => read(Buffer.from(given).toString("utf8"));
