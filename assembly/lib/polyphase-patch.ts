// A patch in worker scratch while it is transformed, eight channels at a time. Layout in bytes from `scratch`:
//
//   | cells[9][9], each 8 floats | i32[5] place | u32[81] addresses of its pixels | max(C, O) floats for pixels outside the image |
//
// place: the image, the patch's first row and column of outputs, its number of rows and of columns.
import { PHASED_PLANES } from "./constants";
import { at, ceilDiv } from "./lanes";

/** Bytes from cell to cell, and from row to row. */
export const CELL: usize = 8 * 4;
export const CELL_ROW: usize = 9 * CELL;

const PLACE: usize = 9 * CELL_ROW;
const TABLE: usize = PLACE + 5 * 4;
const OUTSIDE: usize = TABLE + <usize>PHASED_PLANES * 4;

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
  return <usize>load<u32>(scratch + <usize>k * 4, TABLE);
}

// @ts-ignore: decorator
@inline
export function topOf(scratch: usize): i32 {
  return load<i32>(scratch, PLACE + 4);
}

// @ts-ignore: decorator
@inline
export function leftOf(scratch: usize): i32 {
  return load<i32>(scratch, PLACE + 8);
}

// @ts-ignore: decorator
@inline
export function rowsOf(scratch: usize): i32 {
  return load<i32>(scratch, PLACE + 12);
}

// @ts-ignore: decorator
@inline
export function columnsOf(scratch: usize): i32 {
  return load<i32>(scratch, PLACE + 16);
}

/** Patches of four outputs along a side of L outputs. */
// @ts-ignore: decorator
@inline
export function foursOf(L: i32): i32 {
  return max(0, L - 3 * ceilDiv(L, 4));
}

/** Writes the place of patch t of N images: see ../polyphase/layout.ts for the order. */
export function findPatch(scratch: usize, t: i32, N: i32, OH: i32, OW: i32): void {
  const fourRows = foursOf(OH);
  const fourColumns = foursOf(OW);
  const threes = ceilDiv(OW, 4) - fourColumns;
  // Four rows first, then three; of each, the columns that are adjacent to the other group's columns of four.
  const above = N * fourRows * (fourColumns + threes);
  const lower = t >= above;
  if (lower) t -= above;
  const down = lower ? ceilDiv(OH, 4) - fourRows : fourRows;
  const first = N * down * (lower ? fourColumns : threes);
  const second = t >= first;
  if (second) t -= first;
  const four = lower != second;
  const across = four ? fourColumns : threes;
  const i = (t / across) % down;
  const j = t % across;
  store<i32>(scratch, t / (across * down), PLACE);
  store<i32>(scratch, lower ? 4 * fourRows + 3 * i : 4 * i, PLACE + 4);
  store<i32>(scratch, four ? 4 * j : 4 * fourColumns + 3 * j, PLACE + 8);
  store<i32>(scratch, lower ? 3 : 4, PLACE + 12);
  store<i32>(scratch, four ? 4 : 3, PLACE + 16);
}

/**
 * Fills the table with side x side pixels of the patch's image, from row `top` and column `left` on. Pixels from row `bottom` or
 * column `right` on are outside, as are those outside the image.
 */
export function findPixels(
  scratch: usize, image: usize, H: i32, W: i32, C: i32, top: i32, left: i32, side: i32, bottom: i32, right: i32,
): void {
  const n = load<i32>(scratch, PLACE);
  bottom = min(bottom, H);
  right = min(right, W);
  let entry = scratch + TABLE;
  for (let h = top; h < top + side; ++h) {
    for (let w = left; w < left + side; ++w) {
      const inside = h >= 0 && w >= 0 && h < bottom && w < right;
      store<u32>(entry, <u32>(inside ? at(image, ((n * H + h) * W + w) * C) : outsideOf(scratch)));
      entry += 4;
    }
  }
}
