import { KNOWN_BYTES, type KnownFile, knownFile } from "../core/known-file.js";
import { readBeginning } from "./files.js";

/** knownFile for the file at a path; undefined also if it cannot be read. */
export const knownFileAt = (path: string): Promise<KnownFile | undefined> =>
  readBeginning(path, KNOWN_BYTES).then(knownFile, () => undefined);
