// The products of polyphase Winograd (see ./layout.ts).
import { PHASED_PLANES, POINT_PLANES, TAP_PLANES } from "../lib/constants";
import { at, ceilDiv } from "../lib/lanes";
import { PANEL, ROWS } from "../lib/micro";
import { foursOf } from "../lib/polyphase-patch";
import { blocksOf, productTile } from "../lib/product";
import { rowTable, strip, TILE_BYTES } from "../lib/strip";
import { polyphasePatches, polyphaseWeightPlane } from "./layout";

/** Rows (patches or channels) per tile, panels per tile, and length of a block of the sum: see ../lib/product.ts. */
const BLOCK_ROWS: i32 = 96;
const BLOCK_PANELS: i32 = 8;
const BLOCK_DEPTH: i32 = 512;
/** Number of point 2, which patches of three outputs do not use. */
const TWO: i32 = 3;

/** The first patch that uses point q across. */
// @ts-ignore: decorator
@inline
function rowsFrom(q: i32, N: i32, OH: i32, OW: i32): i32 {
  return q == TWO ? N * foursOf(OH) * (ceilDiv(OW, 4) - foursOf(OW)) : 0;
}

/** The patch after the last one that uses points p down and q across. */
// @ts-ignore: decorator
@inline
function rowsTo(p: i32, q: i32, N: i32, OH: i32, OW: i32): i32 {
  const down = ceilDiv(OH, 4), across = ceilDiv(OW, 4);
  const full = N * foursOf(OH) * across;
  return p == TWO ? full : q == TWO ? full + N * (down - foursOf(OH)) * foursOf(OW) : N * down * across;
}

/** Tiles of the forward products of T patches and O columns. */
export function polyphaseProductTiles(T: i32, O: i32): i32 {
  return POINT_PLANES * ceilDiv(T, BLOCK_ROWS) * ceilDiv(O, PANEL * BLOCK_PANELS);
}

/**
 * m[5][5][T][O] from v[9][9][T][C] and u[6][6][O/16][C][16]: the planes that are added are taps of one product.
 *
 * @out m f32[POINT_PLANES * planeM]
 * @in v f32[PHASED_PLANES * planeV]
 * @in u f32[TAP_PLANES * polyphaseWeightPlane(O, C)]
 * @scratch polyphaseScratch(max(C, O))
 * @tiles polyphaseProductTiles(polyphasePatches(N, OH, OW), O)
 * @flops 2 * PHASED_PLANES * polyphasePatches(N, OH, OW) * C * O
 */
export function polyphaseProducts(
  m: usize, v: usize, u: usize, scratch: usize, N: i32, OH: i32, OW: i32, C: i32, O: i32, ldv: i32, planeM: i32, planeV: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const planeU = polyphaseWeightPlane(O, C);
  const table = scratch + TILE_BYTES;
  const groups = ceilDiv(O, PANEL * BLOCK_PANELS);
  const blocks = ceilDiv(polyphasePatches(N, OH, OW), BLOCK_ROWS) * groups;
  const perCall = max(1, BLOCK_DEPTH / C);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const p = tile / blocks / 5;
    const q = (tile / blocks) % 5;
    const block = ((tile % blocks) / groups) * BLOCK_ROWS;
    const rowBegin = max(block, rowsFrom(q, N, OH, OW));
    const rowEnd = min(block + BLOCK_ROWS, rowsTo(p, q, N, OH, OW));
    const panelBegin = (tile % groups) * BLOCK_PANELS;
    const panelEnd = min(panelBegin + BLOCK_PANELS, O / PANEL);
    const across = q < 4 ? 2 : 1;
    const taps = p < 4 ? 2 * across : across;
    for (let tap = 0; tap < taps; tap += perCall) {
      const end = min(tap + perCall, taps);
      for (let pn = panelBegin; pn < panelEnd; ++pn) {
        for (let r = rowBegin; r < rowEnd; r += ROWS) {
          const rows = min(ROWS, rowEnd - r);
          let entry = table;
          for (let k = tap; k < end; ++k) {
            const i = k < across ? p : 5 + p;
            const j = k % across ? 5 + q : q;
            rowTable(entry, at(v, (i * 9 + j) * planeV + r * ldv), ldv, rows);
            store<u32>(entry, <u32>((min(i, 5) * 6 + min(j, 5)) * planeU) << 2);
            entry += 4 * (ROWS + 1);
          }
          strip(
            at(m, (p * 5 + q) * planeM + r * O + pn * PANEL), O, rows, PANEL, scratch, at(u, pn * C * PANEL), table,
            end - tap, C, 4, tap > 0 ? 1 : 0,
          );
        }
      }
    }
  }
}

/** Tiles of the products for backward data: T patches and C columns. */
export function polyphaseDataProductTiles(T: i32, C: i32): i32 {
  return PHASED_PLANES * blocksOf(T, C, BLOCK_ROWS);
}

/**
 * m[9][9][T][C] from v[5][5][T][O] and u[6][6][C/16][O][16].
 *
 * @out m f32[PHASED_PLANES * planeM]
 * @in v f32[POINT_PLANES * planeV]
 * @in u f32[TAP_PLANES * polyphaseWeightPlane(C, O)]
 * @scratch polyphaseScratch(max(C, O))
 * @tiles polyphaseDataProductTiles(polyphasePatches(N, OH, OW), C)
 * @flops 2 * PHASED_PLANES * polyphasePatches(N, OH, OW) * C * O
 */
export function polyphaseDataProducts(
  m: usize, v: usize, u: usize, scratch: usize, N: i32, OH: i32, OW: i32, C: i32, O: i32, ldv: i32, planeM: i32, planeV: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  const planeU = polyphaseWeightPlane(C, O);
  const blocks = blocksOf(polyphasePatches(N, OH, OW), C, BLOCK_ROWS);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const f = tile / blocks;
    const i = f / 9, j = f % 9;
    const p = i < 5 ? i : i - 5, q = j < 5 ? j : j - 5;
    const first = rowsFrom(q, N, OH, OW);
    productTile(
      at(m, f * planeM + first * C), at(v, (p * 5 + q) * planeV + first * ldv), at(u, (min(i, 5) * 6 + min(j, 5)) * planeU), scratch,
      rowsTo(p, q, N, OH, OW) - first, C, O, O, ldv, 1, C, PANEL, BLOCK_ROWS, 0, tile % blocks,
    );
  }
}

/** Panels per tile of the weights' products: few, because the middle taps' plane takes 16 times as long as the others. */
const WEIGHT_PANELS: i32 = 4;

/** Tiles of the weights' products. */
export function polyphaseWeightProductTiles(C: i32, O: i32): i32 {
  return TAP_PLANES * ceilDiv(C, BLOCK_ROWS) * ceilDiv(O, PANEL * WEIGHT_PANELS);
}

/**
 * s[6][6][O/16][C][16] (+)= the products of v[9][9][T][C]^T and z[5][5][O/16][T][16] over this chunk's T patches.
 *
 * @inout s f32[TAP_PLANES * polyphaseWeightPlane(O, C)]
 * @in v f32[PHASED_PLANES * planeV]
 * @in z f32[POINT_PLANES * planeZ]
 * @scratch polyphaseScratch(max(C, O))
 * @tiles polyphaseWeightProductTiles(C, O)
 * @flops 2 * PHASED_PLANES * polyphasePatches(N, OH, OW) * C * O
 */
export function polyphaseWeightProducts(
  s: usize, v: usize, z: usize, scratch: usize, N: i32, OH: i32, OW: i32, C: i32, O: i32, ldv: i32, planeV: i32, planeZ: i32,
  accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  const T = polyphasePatches(N, OH, OW);
  const planeS = polyphaseWeightPlane(O, C);
  const table = scratch + TILE_BYTES;
  const panelCount = O / PANEL;
  const groups = ceilDiv(panelCount, WEIGHT_PANELS);
  const blocks = ceilDiv(C, BLOCK_ROWS) * groups;
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    // The middle taps first: they take most.
    const f = TAP_PLANES - 1 - tile / blocks;
    const a = f / 6, b = f % 6;
    const rowBegin = ((tile % blocks) / groups) * BLOCK_ROWS;
    const rowEnd = min(rowBegin + BLOCK_ROWS, C);
    const panelBegin = (tile % groups) * WEIGHT_PANELS;
    const panelEnd = min(panelBegin + WEIGHT_PANELS, panelCount);
    let add = accumulate;
    for (let i = a; i < (a < 5 ? a + 1 : 9); ++i) {
      for (let j = b; j < (b < 5 ? b + 1 : 9); ++j) {
        const p = i < 5 ? i : i - 5, q = j < 5 ? j : j - 5;
        const to = rowsTo(p, q, N, OH, OW);
        let t = rowsFrom(q, N, OH, OW);
        // Once even without patches, so that s is written.
        do {
          const depth = min(BLOCK_DEPTH, to - t);
          for (let pn = panelBegin; pn < panelEnd; ++pn) {
            const panel = at(z, (p * 5 + q) * planeZ + (pn * T + t) * PANEL);
            for (let r = rowBegin; r < rowEnd; r += ROWS) {
              const rows = min(ROWS, rowEnd - r);
              rowTable(table, at(v, (i * 9 + j) * planeV + t * ldv + r), 1, rows);
              strip(
                at(s, f * planeS + (pn * C + r) * PANEL), PANEL, rows, PANEL, scratch, panel, table, 1, depth, ldv * 4, add,
              );
            }
          }
          add = 1;
          t += BLOCK_DEPTH;
        } while (t < to);
      }
    }
  }
}
