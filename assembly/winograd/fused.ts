// The whole convolution in one call: a tile computes a block of patches from x to y in worker scratch, so that V and M stay in the
// second-level cache. Each block reads all of U again. This is cheap for few channels (U of 64 channels is 590 KB); for many channels the
// three calls of ./transforms.ts and ./products.ts are faster.
import { FREQUENCIES } from "../lib/constants";
import { at, ceilDiv } from "../lib/lanes";
import { winogradPitch, winogradPlane, winogradScratch } from "./layout";
import { winogradProducts, winogradProductTiles } from "./products";
import { winogradInput, winogradOutput, winogradTransformTiles } from "./transforms";

/** Patches per tile: a multiple of the transforms' tiles. */
const BLOCK_PATCHES: i32 = 24;

/** Tiles of the fused convolution of T patches. */
export function winogradFusedTiles(T: i32): i32 {
  return ceilDiv(T, BLOCK_PATCHES);
}

/** Bytes of | V of one block | M of one block | scratch of the stages |. */
export function winogradFusedScratch(C: i32, O: i32): i32 {
  const planes = winogradPlane(BLOCK_PATCHES, winogradPitch(C)) + winogradPlane(BLOCK_PATCHES, O);
  return 4 * FREQUENCIES * planes + winogradScratch(max(C, O));
}

/**
 * y[N][H][W][O] (+)= A^T [ V . U ] A of x[N][H][W][C], then the epilogue of lib/epilogue.ts.
 *
 * @inout y f32[T / winogradPatches(1, H, W) * H * W * O]
 * @in x f32[T / winogradPatches(1, H, W) * H * W * C]
 * @in u f32[FREQUENCIES * winogradWeightPlane(O, C)]
 * @in? scale f32[O]
 * @in? shift f32[O]
 * @in? residual f32[T / winogradPatches(1, H, W) * H * W * O]
 * @scratch winogradFusedScratch(C, O)
 * @tiles winogradFusedTiles(T)
 * @flops 2 * FREQUENCIES * T * C * O
 */
export function winogradFused(
  y: usize, x: usize, u: usize, scratch: usize, H: i32, W: i32, C: i32, O: i32, T: i32, accumulate: i32,
  scale: usize, shift: usize, residual: usize, relu: i32, tileBegin: i32, tileEnd: i32,
): void {
  const ldv = winogradPitch(C);
  const planeV = winogradPlane(BLOCK_PATCHES, ldv);
  const planeM = winogradPlane(BLOCK_PATCHES, O);
  const v = scratch;
  const m = at(v, FREQUENCIES * planeV);
  const own = at(m, FREQUENCIES * planeM);
  const perBlock = winogradTransformTiles(BLOCK_PATCHES);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const first = tile * BLOCK_PATCHES;
    const count = min(BLOCK_PATCHES, T - first);
    const begin = tile * perBlock;
    const end = begin + perBlock;
    // The transforms count patches from the first image; this block's first patch is at the start of v and m.
    winogradInput(v - <usize>(first * ldv * 4), x, own, H, W, C, T, ldv, planeV, begin, end);
    winogradProducts(m, v, u, own, count, C, O, ldv, planeM, planeV, 0, winogradProductTiles(count, O));
    winogradOutput(
      y, m - <usize>(first * O * 4), own, H, W, O, T, planeM, accumulate, scale, shift, residual, relu, begin, end,
    );
  }
}
