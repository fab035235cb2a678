// 3x3 convolution, stride 1, padding 1, by Winograd's F(4x4, 3x3) (Lavin & Gray, arXiv:1509.09308): a 4x4 patch of
// outputs costs 36 multiplications a channel pair instead of 144. C and O are multiples of 16.
//
//   Y = A^T [ (G g G^T) . (B^T d B) ] A          d 6x6 input patch, g 3x3 weights, . elementwise, summed over channels
//
// The 36 elementwise products, over all patches and channels, are 36 matrix products ("frequencies" f):
//
//   forward           M[f] = V[f] U[f]        V[f][T][C] inputs    U[f] panels [O/16][C][16]   M[f][T][O]
//   backward data     the same, with dy for x and the weights turned round and transposed
//   backward weights  S[f] = V[f]^T Z[f]      Z = A dy A^T, panels [O/16][T][16];   dw = G^T S G
//
// T patches, numbered image by image; a 7x7 image has 2x2, the surplus is computed and dropped. The caller walks over
// chunks of images so small that V and M stay in the last-level cache. Planes (one f) lie `plane` floats apart, rows of V
// `ldv`: a little more than a power of two, or all 36 would fall into the same cache sets.
//
//   ./transforms.ts   V, Z and Y        ./weights.ts   U and dw        ./products.ts   M and S        ./fused.ts   all at once
import { ceilDiv } from "../lib/lanes";
import { productScratch } from "../lib/product";
import { patchScratch } from "../lib/winograd-patch";

const SKEW: i32 = 16;

/** Patches of N images. */
export function winogradPatches(N: i32, H: i32, W: i32): i32 {
  return N * ceilDiv(H, 4) * ceilDiv(W, 4);
}

/** Floats from row to row of V. */
export function winogradPitch(C: i32): i32 {
  return C + SKEW;
}

/** Floats from plane to plane of a matrix of `rows` rows, `pitch` floats apart. */
export function winogradPlane(rows: i32, pitch: i32): i32 {
  return rows * pitch + SKEW;
}

/** Floats from plane to plane of U and S: panels of C rows for O columns. */
export function winogradWeightPlane(O: i32, C: i32): i32 {
  return O * C + SKEW;
}

/** Bytes of worker scratch that the transforms of C channels need, and the products. */
export function winogradScratch(C: i32): i32 {
  return max(patchScratch(C), productScratch());
}
