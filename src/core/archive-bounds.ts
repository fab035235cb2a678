// What the files of a zip archive can be at most, in proportion to the archive.
import { FormatError } from "./tensors.js";

/** The longest match of deflate, 258 bytes, takes at least two bits. */
export const MOST_DEFLATED = 1032;
/** Radiographs and weights compress to a tenth at best. */
const MOST_TIMES = 100;
/** Up to this size, an archive may unpack to any multiple of itself. */
const ALWAYS = 256 * 2 ** 20;

/** Throws a FormatError if files of `total` bytes are more than an archive of `archive` bytes holds of images or weights. */
export function checkTotal(total: number, archive: number): void {
  if (total > Math.max(ALWAYS, MOST_TIMES * archive))
    throw new FormatError(`it unpacks to more than ${MOST_TIMES} times its size`);
}
