// 3x3 convolution, stride 2, padding 1, by polyphase Winograd: a 4x4 patch of outputs costs 81 multiplications per channel pair instead of
// 144. C and O are multiples of 16. Along one direction, with weights w and pixels x:
//
//   y[i] = w0 x[2i - 1] + w2 x[2i + 1]  +  w1 x[2i]
//        = the odd phase, two taps      +  the even phase, one tap
//
// Each phase is a convolution of stride 1. Toom-Cook at the points 0, 1, -1, 2 and infinity computes four outputs of the odd phase by five
// products. The even phase takes four products at the same points without infinity, all with the weight w1, so that the products of both
// phases are added before the transform to outputs:
//
//   Y = A^T [ (G w)(B^T odd)  +  w1 (B^T even) ]         the matrices are in ../lib/polyphase-columns.ts
//
// In two dimensions x becomes 9x9 *planes* (its index along a direction: 0 to 4 the points of the odd phase, 5 to 8 those of the even
// phase), the outputs 5x5 planes (points), and the weights 6x6 planes (the points of the outer taps, then the middle tap). With P(p) the one
// or two planes along a direction that have point p, and W(i) the weights of plane i:
//
//   forward           M[p][q] = sum over i in P(p), j in P(q) of V[i][j] U[W(i)][W(j)]         V 9x9 planes of x, M 5x5 planes
//   backward data     M[i][j] = V[p(i)][q(j)] U[W(i)][W(j)]                                  V 5x5 planes of dy, M 9x9 planes
//   backward weights  S[a][b] = sum over W(i) = a, W(j) = b of V[i][j]^T Z[p(i)][q(j)]         Z = A dy A^T, dw = G^T S G
//
// Backward data is the same scheme with the outer taps exchanged: pixels 2i and 2i + 1 of dx are a phase of one and of two taps of dy[i],
// dy[i + 1].
//
// A side of L outputs has ceil(L/4) patches. As many as needed have three outputs instead of four, and use no point 2: seven outputs
// are 4 + 3. Patches are ordered by their sizes, so that those which use a plane are adjacent rows of it:
//
//   | 4 rows, 3 columns | 4 rows, 4 columns | 3 rows, 4 columns | 3 rows, 3 columns |      each in the order of images
//
// Planes are `plane` floats apart and rows of V `ldv` floats: see ../winograd/layout.ts. The caller processes images in chunks, as there.
//
//   ./transforms.ts   V, Z, Y and dx        ./weights.ts   U and dw        ./products.ts   M and S
import { ceilDiv } from "../lib/lanes";
import { ROWS } from "../lib/micro";
import { patchScratch } from "../lib/polyphase-patch";
import { productScratch } from "../lib/product";

const SKEW: i32 = 16;

/** Patches of N images of OH x OW outputs. */
export function polyphasePatches(N: i32, OH: i32, OW: i32): i32 {
  return N * ceilDiv(OH, 4) * ceilDiv(OW, 4);
}

/** Pitch of V's rows in floats. */
export function polyphasePitch(C: i32): i32 {
  return C + SKEW;
}

/** Pitch in floats of the planes of a matrix of `rows` rows, `pitch` floats apart. */
export function polyphasePlane(rows: i32, pitch: i32): i32 {
  return rows * pitch + SKEW;
}

/** Pitch in floats of the planes of U and S: panels of C rows for O columns. */
export function polyphaseWeightPlane(O: i32, C: i32): i32 {
  return O * C + SKEW;
}

/** Bytes of worker scratch for the transforms of C channels, and for the products, whose table has up to four taps. */
export function polyphaseScratch(C: i32): i32 {
  return max(patchScratch(C), productScratch() + 3 * (ROWS + 1) * 4);
}
