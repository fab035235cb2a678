// Images for tests of the 3x3 pooling with stride 2.
import { outputExtent } from "../reference/conv2d.js";
import type { ImageShape } from "../reference/pooling.js";
import { sweep } from "./harness.js";

export const shapes: ImageShape[] = sweep(
  { n: [2, 1, 3], h: [5, 1, 2, 3, 4, 6, 7, 16], w: [6, 1, 2, 3, 4, 5, 9, 17], c: [8, 16, 24, 40] },
  16,
);

/** What the kernels call them. */
export function geometry({ h, w, c }: ImageShape) {
  return { H: h, W: w, C: c, OH: outputExtent(h, 3, 2, 1), OW: outputExtent(w, 3, 2, 1) };
}

/** Places in the plane (MaxPoolForward.argmax) to places in the window: row * 3 + column, 0 to 8. */
export function tapsOf(argmax: Int32Array, shape: ImageShape): Uint8Array<ArrayBuffer> {
  const { W, C, OH, OW } = geometry(shape);
  return Uint8Array.from(argmax, (at, i) => {
    const [p, q] = [Math.floor(i / (C * OW)) % OH, Math.floor(i / C) % OW];
    return (Math.floor(at / W) - (2 * p - 1)) * 3 + (at % W) - (2 * q - 1);
  });
}
