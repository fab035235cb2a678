// Zip archives (.pth and .npz are zip archives). The sizes in the directory are checked before memory is allocated.
import { unzipSync } from "fflate";
import { FormatError } from "../core/tensors.js";

/** The least size of an entry in the directory. */
const ENTRY_BYTES = 46;
const STORED = 0;
/** The longest match of deflate, 258 bytes, takes at least two bits. */
const MOST_DEFLATED = 1032;

/**
 * The entries that are `wanted`, by name; all together at most `room` bytes. Throws FormatError, or the errors of fflate.
 * fflate does not check the CRCs of entries.
 */
export function unzip(bytes: Uint8Array, room: number, wanted: (name: string) => boolean = () => true): Map<string, Uint8Array> {
  const sizes = new Map<string, number>();
  let entries = 0;
  let total = 0;
  const files = unzipSync(bytes, {
    filter({ name, compression, size, originalSize }) {
      if (++entries * ENTRY_BYTES > bytes.length) throw new FormatError("its zip archive claims more entries than it can hold");
      if (!wanted(name)) return false;
      if (compression === STORED ? size !== originalSize : originalSize > MOST_DEFLATED * size) {
        throw new FormatError(`its zip entry ${shown(name)} claims a size that it cannot have`);
      }
      total += originalSize;
      if (total > room) throw new FormatError(`its zip archive unpacks to more than ${room} bytes`);
      sizes.set(name, originalSize);
      return true;
    },
  });
  const found = new Map(Object.entries(files));
  for (const [name, size] of sizes) {
    if (found.get(name)?.length !== size) throw new FormatError(`its zip entry ${shown(name)} is cut off`);
  }
  return found;
}

/** The names of all entries. Throws as unzip does. */
export function zipNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  unzip(bytes, 0, (name) => {
    names.push(name);
    return false;
  });
  return names;
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 100));
