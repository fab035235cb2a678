// Whether a pixel cache that was found holds the images of the dataset.
import { scorable } from "../image/scorable.js";
import { readFully } from "../node/files.js";
import { makeResizer } from "../node/resizer.js";
import type { OpenCache } from "./cache-file.js";
import type { ImageSource } from "./sources.js";
import type { ImageFile } from "./types.js";

/** Images that are decoded again when a cache is opened, unless they take longer than PATIENCE milliseconds together. */
const SAMPLE = 8;
const PATIENCE = 300;

/**
 * Compares the content of every image with that of its row, and the pixels of a few rows, chosen at random, with those of the image
 * decoded again. A key that fits is not enough: other users may write into a shared folder of caches, and another build of a decoder
 * may give other pixels.
 */
export async function holdsImages(cache: OpenCache, images: ImageFile[], source: ImageSource, size: number): Promise<boolean> {
  if (!images.every((image, i) => isContentOf(image, cache.rows[i]))) return false;
  const resize = makeResizer(size);
  const stored = Buffer.alloc(size * size * 3);
  const start = performance.now();
  for (const i of someOf(images.length, SAMPLE)) {
    if (performance.now() - start > PATIENCE) break;
    const image = await source
      .read(images[i].file)
      .then(scorable)
      .catch(() => undefined);
    if ((image === undefined) !== Boolean(cache.rows[i].unreadable)) return false;
    if (image === undefined) continue;
    // A row that cannot be read has a message of its own, when it is used.
    if ((await readFully(cache.file, stored, i * stored.length)) && !stored.equals(resize(image))) return false;
  }
  return true;
}

/** An image in an archive has the hash of its pixels in its row; the archive's hash is in the key. */
export const isContentOf = ({ archive, sha256 }: ImageFile, { original }: OpenCache["rows"][number]): boolean =>
  archive !== undefined || original === undefined || original.sha256 === sha256;

/** Up to `most` different numbers below `count`. */
function someOf(count: number, most: number): Set<number> {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(most, count)) chosen.add(Math.floor(Math.random() * count));
  return chosen;
}
