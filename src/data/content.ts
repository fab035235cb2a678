// What tells that an image is still the same: its content. Names, sizes and times of files do not: copies keep all three (cp -a,
// rsync -t, touch -r), and inode numbers are not stable on every file system.
import { createHash } from "node:crypto";
import { InputError } from "../core/errors.js";
import { MAX_FILE_BYTES } from "../image/bounds.js";
import { openRegular } from "../node/files.js";
import { type ImageFile, type Manifest, SPLITS } from "./types.js";

/** Files that are read at a time. */
const LANES = 8;
const PIECE = 2 ** 18;

export interface Reading {
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Reads every file of the dataset and sets its `sha256`. */
export async function readContent({ images, source }: Manifest, { signal, onProgress }: Reading = {}): Promise<void> {
  const all = SPLITS.flatMap((split) => images[split]);
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < all.length) {
      signal?.throwIfAborted();
      const image = all[next++];
      image.sha256 = await source.sha256(image.file);
      onProgress?.(++done, all.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** What identifies the image's content, after readContent. */
export function contentOf({ file, archive, sha256 }: ImageFile): string {
  const content = archive ?? sha256;
  if (content === undefined) throw new Error(`the content of ${file} was not read`);
  return content;
}

export const changed = (path: string): InputError =>
  new InputError(`${path} was changed while pulmo was reading it: wait until it is complete, then run again.`);

/** Or why the file cannot be decoded, if that does not depend on its content. */
export async function sha256OfFile(path: string): Promise<string> {
  try {
    const file = await openRegular(path);
    try {
      const { size } = await file.stat();
      if (size > MAX_FILE_BYTES) return "too large";
      const hash = createHash("sha256");
      // One byte more than the file has, so that one read finds its end.
      const piece = Buffer.allocUnsafe(Math.min(size + 1, PIECE));
      for (let length = 0; length <= MAX_FILE_BYTES; ) {
        const { bytesRead } = await file.read(piece, 0, piece.length, length);
        if (bytesRead === 0) return hash.digest("hex");
        hash.update(piece.subarray(0, bytesRead));
        length += bytesRead;
      }
      return "too large";
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message;
  }
}
