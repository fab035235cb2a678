// The tile loop of matrix products whose left factor has constant pitches.
import { at, ceilDiv } from "./lanes";
import { PANEL, ROWS, stripRows } from "./micro";
import { rowTable, strip, TILE_BYTES } from "./strip";

/** Panels per tile. */
const BLOCK_PANELS: i32 = 8;
/** Length of a block of k: a panel's slice (16 KiB) and a strip of the left factor stay in a first-level cache of 32 KiB. */
const BLOCK_DEPTH: i32 = 256;

/** Tiles of one product of R rows and O columns, `blockRows` rows per tile. */
// @ts-ignore: decorator
@inline
export function blocksOf(R: i32, O: i32, blockRows: i32): i32 {
  return ceilDiv(R, blockRows) * ceilDiv(ceilDiv(O, PANEL), BLOCK_PANELS);
}

/** Bytes of worker scratch: | the edge tile of lib/strip.ts | one table of rows |. */
// @ts-ignore: decorator
@inline
export function productScratch(): i32 {
  return TILE_BYTES + (ROWS + 1) * 4;
}

/**
 * A tile of  c[R][O] (+)= a[R][K] * panels[ceil(O/16)][panelRows][16], of whose rows the first K are used. Offsets in floats:
 *
 *   c(r, 16 p)   r*ldc + p*panelPitch
 *   a(r, k)      r*rowPitch + k*depthPitch
 *
 * R may be smaller than the number of rows that the tiles were counted for: surplus tiles do nothing.
 */
export function productTile(
  c: usize, a: usize, panels: usize, scratch: usize, R: i32, O: i32, K: i32, panelRows: i32, rowPitch: i32,
  depthPitch: i32, ldc: i32, panelPitch: i32, blockRows: i32, accumulate: i32, tile: i32,
): void {
  const table = scratch + TILE_BYTES;
  const panelCount = ceilDiv(O, PANEL);
  const groups = ceilDiv(panelCount, BLOCK_PANELS);
  const rowBegin = (tile / groups) * blockRows;
  const rowEnd = min(rowBegin + blockRows, R);
  const panelBegin = (tile % groups) * BLOCK_PANELS;
  const panelEnd = min(panelBegin + BLOCK_PANELS, panelCount);
  // Also for K = 0: c is zero then, unless it accumulates.
  let k = 0;
  do {
    const depth = min(BLOCK_DEPTH, K - k);
    for (let p = panelBegin; p < panelEnd; ++p) {
      const panel = at(panels, (p * panelRows + k) * PANEL);
      for (let r = rowBegin, rows = 0; r < rowEnd; r += rows) {
        rows = stripRows(rowEnd - r);
        rowTable(table, at(a, r * rowPitch + k * depthPitch), rowPitch, rows);
        strip(
          at(c, r * ldc + p * panelPitch), ldc, rows, min(PANEL, O - p * PANEL), scratch, panel, table, 1, depth,
          depthPitch * 4, k > 0 ? 1 : accumulate,
        );
      }
    }
    k += BLOCK_DEPTH;
  } while (k < K);
}
