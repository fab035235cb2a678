// Zip archives (.pth and .npz are zip archives). The sizes in the directory are checked before memory is allocated.
import { unzipSync } from "fflate";
import { checkTotal, MOST_DEFLATED } from "../core/archive-bounds.js";
import { FormatError } from "../core/tensors.js";

/** The least size of an entry: its place in the directory, and the header before its data. */
const ENTRY_BYTES = 46 + 30;
const STORED = 0;

/**
 * The entries that are `wanted`, by name; all together at most `room` bytes. Throws FormatError, or the errors of fflate: for entries
 * that share data, and for two of one name. fflate does not check the CRCs of entries.
 */
export function unzip(bytes: Uint8Array, room: number, wanted: (name: string) => boolean = () => true): Map<string, Uint8Array> {
  const sizes = new Map<string, number>();
  const names = new Set<string>();
  let held = 0;
  let total = 0;
  const files = unzipSync(bytes, {
    filter({ name, compression, size, originalSize }) {
      held += ENTRY_BYTES + size;
      if (held > bytes.length) throw new FormatError("the entries of its zip archive overlap, or claim more bytes than it has");
      if (names.has(name)) throw new FormatError(`its zip archive has two entries ${shown(name)}`);
      names.add(name);
      if (!wanted(name)) return false;
      if (compression === STORED ? size !== originalSize : originalSize > MOST_DEFLATED * size) {
        throw new FormatError(`its zip entry ${shown(name)} claims a size that it cannot have`);
      }
      total += originalSize;
      if (total > room) throw new FormatError(`its zip archive unpacks to more than ${room} bytes`);
      checkTotal(total, bytes.length);
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
