import { KNOWN_BYTES, type KnownFile, knownFile } from "../core/known-file.js";
import { openRegular } from "./files.js";

/** knownFile for the file at a path; undefined also if it cannot be read. */
export async function knownFileAt(path: string): Promise<KnownFile | undefined> {
  const file = await openRegular(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KNOWN_BYTES), 0, KNOWN_BYTES, 0);
    return knownFile(buffer.subarray(0, bytesRead));
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
