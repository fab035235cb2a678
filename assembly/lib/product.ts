// The tile loop of matrix products whose left factor has constant pitches.
import { at, ceilDiv } from "./lanes";
import { PANEL, ROWS } from "./micro";
import { rowTable, strip, TILE_BYTES } from "./strip";

/** Panels per tile. */
const BLOCK_PANELS: i32 = 8;
/** Length of a block of k: a panel's slice (32 KiB) and a strip of the left factor stay in the first-level cache. */
const BLOCK_DEPTH: i32 = 512;

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
 * Products f = 0, 1, ...:  c[f][R][O] (+)= a[f][R][K] * panels[f][ceil(O/16)][K][16], tile by tile, ordered
 * by f. Offsets in floats from c, a and panels:
 *
 *   c[f](r, 16 p)   f*planeC + r*ldc + p*panelPitch
 *   a[f](r, k)      f*planeA + r*rowPitch + k*depthPitch
 *   panels[f]       f*planeP
 */
// @ts-ignore: decorator
@inline
export function products(
  c: usize, a: usize, panels: usize, scratch: usize, R: i32, O: i32, K: i32, rowPitch: i32, depthPitch: i32,
  ldc: i32, panelPitch: i32, planeC: i32, planeA: i32, planeP: i32, blockRows: i32, accumulate: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const table = scratch + TILE_BYTES;
  const panelCount = ceilDiv(O, PANEL);
  const groups = ceilDiv(panelCount, BLOCK_PANELS);
  const blocks = blocksOf(R, O, blockRows);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const f = tile / blocks;
    const rowBegin = ((tile % blocks) / groups) * blockRows;
    const rowEnd = min(rowBegin + blockRows, R);
    const panelBegin = (tile % groups) * BLOCK_PANELS;
    const panelEnd = min(panelBegin + BLOCK_PANELS, panelCount);
    for (let k = 0; k < K; k += BLOCK_DEPTH) {
      const depth = min(BLOCK_DEPTH, K - k);
      for (let p = panelBegin; p < panelEnd; ++p) {
        const panel = at(panels, f * planeP + (p * K + k) * PANEL);
        for (let r = rowBegin; r < rowEnd; r += ROWS) {
          const rows = min(ROWS, rowEnd - r);
          rowTable(table, at(a, f * planeA + r * rowPitch + k * depthPitch), rowPitch, rows);
          strip(
            at(c, f * planeC + r * ldc + p * panelPitch), ldc, rows, min(PANEL, O - p * PANEL), scratch,
            panel, table, 1, depth, depthPitch * 4, k > 0 ? 1 : accumulate,
          );
        }
      }
    }
  }
}
