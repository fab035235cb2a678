// A patch in worker scratch while it is transformed, eight channels at a time. Layout in bytes from `scratch`:
//
//   | cells[6][6], each 8 floats | u32[36] addresses of the patch's pixels | max(C, O) floats for pixels outside the image |
import { FREQUENCIES } from "./constants";
import { at, ceilDiv } from "./lanes";

/** Bytes from cell to cell, and from row to row. */
export const CELL: usize = 8 * 4;
export const CELL_ROW: usize = 6 * CELL;
/** Bytes per address in the table. */
const ADDRESS: usize = 4;

const TABLE: usize = 6 * CELL_ROW;
const OUTSIDE: usize = TABLE + FREQUENCIES * ADDRESS;

/** Bytes of scratch for patches of C channels. */
export function patchScratch(C: i32): i32 {
  return <i32>OUTSIDE + 4 * C;
}

/** Floats that stand for pixels outside the image: zeros for reading, ignored after writing. */
// @ts-ignore: decorator
@inline
export function outsideOf(scratch: usize): usize {
  return scratch + OUTSIDE;
}

/** Address of pixel number k of the patch. */
// @ts-ignore: decorator
@inline
export function pixelOf(scratch: usize, k: i32): usize {
  return <usize>load<u32>(scratch + <usize>k * ADDRESS, TABLE);
}

/**
 * Fills the table for patch t of image[N][H][W][C]: side x side pixels, the first one `border` pixels above and
 * left of the patch's 4x4 outputs.
 */
export function findPixels(
  scratch: usize, image: usize, t: i32, H: i32, W: i32, C: i32, side: i32, border: i32,
): void {
  const across = ceilDiv(W, 4);
  const down = ceilDiv(H, 4);
  const n = t / (across * down);
  const top = ((t / across) % down) * 4 - border;
  const left = (t % across) * 4 - border;
  let entry = scratch + TABLE;
  for (let i = 0; i < side; ++i) {
    for (let j = 0; j < side; ++j) {
      const h = top + i;
      const w = left + j;
      const inside = <u32>h < <u32>H && <u32>w < <u32>W;
      store<u32>(entry, <u32>(inside ? at(image, ((n * H + h) * W + w) * C) : outsideOf(scratch)));
      entry += ADDRESS;
    }
  }
}
