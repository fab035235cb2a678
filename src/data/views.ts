// Images seen otherwise than they are: smoother, darker, cut.
import { makeResizer } from "../node/resizer.js";
import type { PixelRows } from "./types.js";

/** From the pixels of an image [size][size][3] to as many others. */
export type View = (pixels: Uint8Array) => Uint8Array;

/** Every row through the same view. */
export const seenThrough = (rows: PixelRows, view: View): PixelRows => ({
  ...rows,
  async read(i, into) {
    await rows.read(i, into);
    into.set(view(into.slice()));
  },
});

/** Made `edge` pixels wide and `size` again: what is finer is lost. */
export function rescaled(size: number, edge: number): View {
  const [down, up] = [edge, size].map(makeResizer);
  return (data) => up({ data: down({ data, width: size, height: size, channels: 3 }), width: edge, height: edge, channels: 3 });
}
