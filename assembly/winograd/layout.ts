// 3x3 convolution, stride 1, padding 1, by Winograd's F(4x4, 3x3) (Lavin & Gray, arXiv:1509.09308): a 4x4 patch of
// outputs costs 36 multiplications per channel pair instead of 144. C and O are multiples of 16.
//
//   Y = A^T [ (G g G^T) . (B^T d B) ] A          d 6x6 input patch, g 3x3 weights, . elementwise, summed over channels
//
// The 36 elementwise products, over all patches and channels, are 36 matrix products ("frequencies" f):
//
//   forward           M[f] = V[f] U[f]        V[f][T][C] inputs    U[f] panels [O/16][C][16]   M[f][T][O]
//   backward data     the same, with dy for x and the weights flipped and transposed
//   backward weights  S[f] = V[f]^T Z[f]      Z = A dy A^T, panels [O/16][T][16];   dw = G^T S G
//
// T patches, numbered as lib/winograd-patch.ts says. An edge with one or two pixels left has cropped patches: F(2x2) needs 4 of the 6 points of
// each direction (lib/winograd-columns.ts), and a frequency has the patches that have both its points. With three pixels left, the fourth is
// computed and dropped. The caller processes images in chunks small enough to keep V and M in the last-level cache. Planes (one f) are `plane`
// floats apart, rows of V `ldv` floats: slightly more than a power of two, otherwise all 36 would share the same cache sets.
//
//   ./transforms.ts   V, Z and Y        ./weights.ts   U and dw        ./products.ts   M and S        ./fused.ts   all at once
import { ceilDiv } from "../lib/lanes";
import { productScratch } from "../lib/product";
import { patchScratch, wholeOf } from "../lib/winograd-patch";

const SKEW: i32 = 16;

/** Patches of N images. */
export function winogradPatches(N: i32, H: i32, W: i32): i32 {
  return N * ceilDiv(H, 4) * ceilDiv(W, 4);
}

/** Elements of V per channel that are multiplied: for each frequency, the patches that have it. */
export function winogradElements(T: i32, H: i32, W: i32): i32 {
  return (T / winogradPatches(1, H, W)) * pointsOf(H) * pointsOf(W);
}

/** Points of all patches in a row of `length` pixels. */
function pointsOf(length: i32): i32 {
  const whole = wholeOf(length);
  return 6 * whole + 4 * (ceilDiv(length, 4) - whole);
}

/** Pitch of V's rows in floats. */
export function winogradPitch(C: i32): i32 {
  return C + SKEW;
}

/** Pitch in floats of the planes of a matrix of `rows` rows, `pitch` floats apart. */
export function winogradPlane(rows: i32, pitch: i32): i32 {
  return rows * pitch + SKEW;
}

/** Pitch in floats of the planes of U and S: panels of C rows for O columns. */
export function winogradWeightPlane(O: i32, C: i32): i32 {
  return O * C + SKEW;
}

/** Bytes of worker scratch for the transforms of C channels, and for the products. */
export function winogradScratch(C: i32): i32 {
  return max(patchScratch(C), productScratch());
}
