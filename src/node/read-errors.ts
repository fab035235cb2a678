// Errors of the file system while reading, as words.
import { inWords, withShared } from "./system-errors.js";

/** "no such file (ENOENT)" */
export const readReasonOf = inWords(withShared({ ENOENT: "no such file", ESTALE: "the file server has lost it" }));
