// Winograd's 36 matrix products (see ./layout.ts).
import { FREQUENCIES } from "../lib/constants";
import { PANEL } from "../lib/micro";
import { blocksOf, products } from "../lib/product";
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
  const planeU = winogradWeightPlane(O, C);
  products(
    m, v, u, scratch, T, O, C, ldv, 1, O, PANEL, planeM, planeV, planeU, BLOCK_ROWS, 0, tileBegin, tileEnd,
  );
}

/**
 * s[f][O/16][C][16] (+)= v[f]^T z[f] over this chunk's T patches.
 *
 * @inout s f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in v f32[FREQUENCIES * planeV]
 * @in z f32[FREQUENCIES * planeZ]
 * @scratch winogradScratch(max(C, O))
 * @tiles winogradProductTiles(C, O)
 * @flops 2 * FREQUENCIES * T * C * O
 */
export function winogradWeightProducts(
  s: usize, v: usize, z: usize, scratch: usize, T: i32, C: i32, O: i32, ldv: i32, planeV: i32, planeZ: i32,
  accumulate: i32, tileBegin: i32, tileEnd: i32,
): void {
  const planeS = winogradWeightPlane(O, C);
  products(
    s, v, z, scratch, C, O, T, 1, ldv, PANEL, C * PANEL, planeS, planeV, planeZ, BLOCK_ROWS, accumulate,
    tileBegin, tileEnd,
  );
}
