// Batches in chunks of images, so that what passes from call to call stays in cache.
import type { Buffer, Slice } from "../plan.js";

export interface Chunk {
  /** First image. */
  first: number;
  /** Number of images. */
  N: number;
}

/** N images in chunks of at most `most` images; their lengths differ by one at most. */
export function chunksOf(N: number, most: number): Chunk[] {
  const count = Math.ceil(N / Math.max(1, Math.floor(most)));
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((i * N) / count);
    return { first, N: Math.floor(((i + 1) * N) / count) - first };
  });
}

/** A chunk's images of a buffer of `image` floats per image. */
export const images = (data: Buffer, image: number, { first, N }: Chunk): Slice => ({
  buffer: data,
  offset: 4 * first * image,
  bytes: 4 * N * image,
});
