// The columns of a CSV that say whom an image shows and where it was taken: the same in --labels and in a dataset's list.
import type { Column } from "./table.js";
import { ABOUT_KEYS, type About } from "./types.js";

const SYNONYMS: Partial<Record<keyof About, string[]>> = {
  patient: ["patient id", "patient number", "subject", "subject id"],
  hospital: ["hospital id", "hospital name", "site", "site id", "institution", "clinic", "center", "centre"],
  device: ["device id", "scanner", "manufacturer"],
};

export const ABOUT: readonly Column[] = ABOUT_KEYS.map((name) => ({ name, synonyms: SYNONYMS[name] ?? [], optional: true }));

/** `values`: of the columns ABOUT. Empty values are absent. */
export const aboutOf = (values: readonly (string | undefined)[]): About =>
  Object.fromEntries(ABOUT_KEYS.flatMap((key, i) => (values[i]?.trim() ? [[key, values[i]!.trim()]] : [])));

/** The same part of any record. */
export const onlyAbout = (record: About): About =>
  Object.fromEntries(ABOUT_KEYS.flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]]])));
