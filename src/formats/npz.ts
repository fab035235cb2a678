// NumPy's .npz: a zip archive of .npy files, stored or deflated.
import { open, stat } from "node:fs/promises";
import { FormatError, type StoredTensor } from "../core/tensors.js";
import { parseNpy } from "./npy.js";
import { unzip } from "./zip.js";

const SUFFIX = ".npy";
/** Limit of all arrays that are read together: the size that one typed array can have. */
const MAX_UNPACKED = 2 ** 32;
const ZIP = Buffer.from("PK\x03\x04");

/** Whether the file starts like a zip archive; false if it cannot be read. */
export async function isNpz(path: string): Promise<boolean> {
  // Opening a pipe would wait for a writer.
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const file = isFile && (await open(path, "r").catch(() => null));
  if (!file) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(ZIP.length), 0, ZIP.length, 0);
    return buffer.equals(ZIP);
  } finally {
    await file.close();
  }
}

/**
 * Those of the named arrays that are there; others are not unpacked. Throws FormatError, also if none is there, or the errors of
 * fflate.
 */
export function parseNpz(bytes: Uint8Array, names: readonly string[]): Map<string, StoredTensor> {
  const files = unzip(bytes, MAX_UNPACKED, (entry) => names.some((name) => entry === name + SUFFIX));
  if (files.size === 0) throw new FormatError(`it lacks the array ${names[0]}`);
  return new Map(
    names.flatMap((name) => {
      const file = files.get(name + SUFFIX);
      return file ? [[name, parseNpy(file, name)] as const] : [];
    }),
  );
}
