// The names of splits in folders and CSV files.
import { folded } from "./same-name.js";
import { SPLITS, type Split } from "./types.js";

const OTHERS: Readonly<Record<string, Split>> = { training: "train", valid: "val", validation: "val", testing: "test" };

/** The split with this name, in any case; undefined if there is none. */
export const splitOf = (name: string): Split | undefined => {
  const word = folded(name);
  return SPLITS.find((split) => split === word) ?? (Object.hasOwn(OTHERS, word) ? OTHERS[word] : undefined);
};
