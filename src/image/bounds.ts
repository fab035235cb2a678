// Bounds against hostile images, for every decoder. The originals of the chest X-ray set have at most 3 MiB and 8 megapixels.
export const MAX_FILE_BYTES = 64 * 2 ** 20;

export interface ImageBounds {
  pixels: number;
  edge: number;
}

/** A narrow, long image would need size * edge bytes between the two passes of the resize. JPEG allows no longer edge. */
export const MAX_IMAGE: ImageBounds = { pixels: 100e6, edge: 65535 };

/** Throws an Error if an image of this size is too large to decode. */
export function checkSize(width: number, height: number, { pixels, edge }: ImageBounds): void {
  if (Math.max(width, height) > edge) throw new Error(`an edge is longer than ${edge} pixels`);
  if (width * height > pixels) throw new Error(`more than ${pixels / 1e6} million pixels`);
  if (Math.min(width, height) < 1) throw new Error("it has no pixels");
}
