// A patch in worker scratch while it is transformed, eight channels at a time. Layout in bytes from `scratch`:
//
//   | cells[6][6], each 8 floats | u32[36] addresses of the patch's pixels | max(C, O) floats for pixels outside the image |
import { FREQUENCIES } from "./constants";
import { at, ceilDiv } from "./lanes";
import { hasPoint } from "./winograd-columns";

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

/** The table of the pixels' addresses. */
// @ts-ignore: decorator
@inline
export function pixelsOf(scratch: usize): usize {
  return scratch + TABLE;
}

/** Address of pixel number k of the patch. */
// @ts-ignore: decorator
@inline
export function pixelOf(scratch: usize, k: i32): usize {
  return <usize>load<u32>(scratch + <usize>k * ADDRESS, TABLE);
}

/**
 * Fills the table for patch t of T, of image[N][H][W][C]: side x side pixels, the first one `border` pixels above and left of the patch's
 * outputs. Returns the patch's size: 8 * rows + columns of outputs, each 2 or 4.
 *
 * Patches with two rows or columns are cropped. They come in groups, so that a frequency's patches are a range (firstPatch, endPatch): short
 * of columns only, whole, short of rows only, short of both; in each group image by image.
 */
export function findPixels(
  scratch: usize, image: usize, t: i32, T: i32, H: i32, W: i32, C: i32, side: i32, border: i32,
): i32 {
  const wholeDown = wholeOf(H);
  const wholeAcross = wholeOf(W);
  const wholeEnd = groupEnd(1, T, H, W);
  const lower = t >= wholeEnd;
  const right = lower ? t >= groupEnd(2, T, H, W) : t < groupEnd(0, T, H, W);
  const begin = lower ? (right ? groupEnd(2, T, H, W) : wholeEnd) : right ? 0 : groupEnd(0, T, H, W);
  const down = lower ? 1 : wholeDown;
  const across = right ? 1 : wholeAcross;
  const n = (t - begin) / (down * across);
  const i = (lower ? wholeDown : 0) + ((t - begin) / across) % down;
  const j = (right ? wholeAcross : 0) + (t - begin) % across;
  let entry = scratch + TABLE;
  for (let k = 0; k < side; ++k) {
    for (let l = 0; l < side; ++l) {
      const h = 4 * i - border + k;
      const w = 4 * j - border + l;
      const inside = <u32>h < <u32>H && <u32>w < <u32>W;
      store<u32>(entry, <u32>(inside ? at(image, ((n * H + h) * W + w) * C) : outsideOf(scratch)));
      entry += ADDRESS;
    }
  }
  return 8 * sizeOf(H - 4 * i) + sizeOf(W - 4 * j);
}

/** Rows of a patch with `left` rows of the image left. */
// @ts-ignore: decorator
@inline
function sizeOf(left: i32): i32 {
  return left > 2 ? 4 : 2;
}

/** The size that findPixels returns for a patch that is not cropped. */
// @ts-ignore: decorator
@inline export const WHOLE: i32 = 8 * 4 + 4;

/** Whole patches in a row of `length` pixels. */
// @ts-ignore: decorator
@inline
export function wholeOf(length: i32): i32 {
  return (length + 1) / 4;
}

/** Number of patches in the groups up to `group` (0 to 2) of findPixels. */
function groupEnd(group: i32, T: i32, H: i32, W: i32): i32 {
  const down = ceilDiv(H, 4);
  const across = ceilDiv(W, 4);
  const wholeDown = wholeOf(H);
  const wholeAcross = wholeOf(W);
  const images = T / (down * across);
  if (group == 0) return images * wholeDown * (across - wholeAcross);
  return images * (wholeDown * across + (group == 2 ? (down - wholeDown) * wholeAcross : 0));
}

// The patches that have frequency f = 6*i + j, of points i and j: first <= t < end. Cropped patches are left out if they lack one of its points.

export function firstPatch(f: i32, T: i32, H: i32, W: i32): i32 {
  return needsWhole(W, f % 6) ? groupEnd(0, T, H, W) : 0;
}

export function endPatch(f: i32, T: i32, H: i32, W: i32): i32 {
  if (needsWhole(H, f / 6)) return groupEnd(1, T, H, W);
  return needsWhole(W, f % 6) ? groupEnd(2, T, H, W) : T;
}

/** Whether the last of the patches in a row of `length` pixels lacks point i. */
function needsWhole(length: i32, i: i32): bool {
  return wholeOf(length) < ceilDiv(length, 4) && !hasPoint(2, i);
}
