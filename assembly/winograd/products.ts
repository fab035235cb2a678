// Winograd's 36 matrix products (see ./layout.ts).
import { FREQUENCIES } from "../lib/constants";
import { at } from "../lib/lanes";
import { PANEL } from "../lib/micro";
import { blocksOf, productTile } from "../lib/product";
import { endPatch, firstPatch } from "../lib/winograd-patch";
import { winogradWeightPlane } from "./layout";

/** Rows (patches or channels) per tile. */
const BLOCK_ROWS: i32 = 96;

/** Tiles of the products: R rows (patches T forward, channels C backward), O columns. */
export function winogradProductTiles(R: i32, O: i32): i32 {
  return FREQUENCIES * blocksOf(R, O, BLOCK_ROWS);
}

/**
 * m[f][T][O] = v[f][T][C] u[f].
 *
 * @out m f32[FREQUENCIES * planeM]
 * @in v f32[FREQUENCIES * planeV]
 * @in u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradProductTiles(T, O)
 * @flops 2 * FREQUENCIES * T * C * O
 */
export function winogradProducts(
  m: usize, v: usize, u: usize, scratch: usize, T: i32, C: i32, O: i32, ldv: i32, planeM: i32, planeV: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  // Images of 4x4 pixels are not cropped.
  winogradCroppedProducts(m, v, u, scratch, 4, 4, T, C, O, ldv, planeM, planeV, tileBegin, tileEnd);
}

/**
 * The same for each frequency's patches only, of images that have cropped patches. Other rows of m are not written.
 *
 * @inout m f32[FREQUENCIES * planeM]
 * @in v f32[FREQUENCIES * planeV]
 * @in u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradProductTiles(T, O)
 * @flops 2 * T / (ceilDiv(H, 4) * ceilDiv(W, 4)) * (4 * ceilDiv(H, 4) + 2 * ceilDiv(H - 2, 4)) * (4 * ceilDiv(W, 4) + 2 * ceilDiv(W - 2, 4)) * C * O
 */
export function winogradCroppedProducts(
  m: usize, v: usize, u: usize, scratch: usize, H: i32, W: i32, T: i32, C: i32, O: i32, ldv: i32, planeM: i32,
  planeV: i32, tileBegin: i32, tileEnd: i32,
): void {
  const planeU = winogradWeightPlane(O, C);
  const blocks = blocksOf(T, O, BLOCK_ROWS);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const f = tile / blocks;
    const first = firstPatch(f, T, H, W);
    productTile(
      at(m, f * planeM + first * O), at(v, f * planeV + first * ldv), at(u, f * planeU), scratch,
      endPatch(f, T, H, W) - first, O, C, C, ldv, 1, O, PANEL, BLOCK_ROWS, 0, tile % blocks,
    );
  }
}

/**
 * s[f][O/16][C][16] (+)= v[f]^T z[f] over this chunk's patches that have f.
 *
 * @inout s f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in v f32[FREQUENCIES * planeV]
 * @in z f32[FREQUENCIES * planeZ]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradProductTiles(C, O)
 * @flops 2 * winogradElements(T, H, W) * C * O
 */
export function winogradWeightProducts(
  s: usize, v: usize, z: usize, scratch: usize, H: i32, W: i32, T: i32, C: i32, O: i32, ldv: i32, planeV: i32,
  planeZ: i32, accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  const planeS = winogradWeightPlane(O, C);
  const blocks = blocksOf(C, O, BLOCK_ROWS);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const f = tile / blocks;
    const first = firstPatch(f, T, H, W);
    productTile(
      at(s, f * planeS), at(v, f * planeV + first * ldv), at(z, f * planeZ + first * PANEL), scratch, C, O,
      endPatch(f, T, H, W) - first, T, 1, ldv, PANEL, C * PANEL, BLOCK_ROWS, accumulate, tile % blocks,
    );
  }
}
