// Images seen otherwise than they are, in any runtime.
import type { Pixels } from "../core/resize.js";
import type { PixelRows } from "./types.js";

/** Maps the pixels of image `row`, [size][size][3], to pixels of the same shape. */
export type View = (pixels: Uint8Array, row: number) => Uint8Array;

/** Applies one view to every row. */
export const seenThrough = (rows: PixelRows, view: View): PixelRows => ({
  ...rows,
  async read(i, into) {
    await rows.read(i, into);
    into.set(view(into.slice(), i));
  },
});

/** Shrinks size x size pixels to `edge` and enlarges them again: finer detail is lost. */
export function rescaledBy(makeResizer: (size: number) => (pixels: Pixels) => Uint8Array, size: number, edge: number): View {
  const [down, up] = [edge, size].map(makeResizer);
  return (data) => up({ data: down({ data, width: size, height: size, channels: 3 }), width: edge, height: edge, channels: 3 });
}
