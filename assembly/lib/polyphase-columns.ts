// Transforms of one column: a transform of a patch applies a matrix to each column, then to each row of the result. Toom-Cook at the points
// 0, 1, -1, 2 and infinity for two taps and four outputs (Blahut, Fast Algorithms for Signal Processing, 2010, chapter 5): rows of A
// and G evaluate polynomials at the points, B^T is the transpose of the interpolation. Three outputs use no point 2.
//
//             [ 1  -1/2   -1   1/2  0 ]       [ 1  0  0  0 ]       [ 1  0 ]                     [ 1   0   -1  0 ]       [ 1  0  0 ]
//             [ 0    1   1/2  -1/2  0 ]       [ 1  1  1  1 ]       [ 1  1 ]                     [ 0  1/2 1/2  0 ]       [ 1  1  1 ]
//   4:  B^T = [ 0  -1/3  1/2  -1/6  0 ]   A = [ 1 -1  1 -1 ]   G = [ 1 -1 ]         3:    B^T = [ 0 -1/2 1/2  0 ]   A = [ 1 -1  1 ]
//             [ 0  -1/6   0    1/6  0 ]       [ 1  2  4  8 ]       [ 1  2 ]
//             [ 0    2   -1    -2   1 ]       [ 0  0  0  1 ]       [ 0  1 ]                     [ 0  -1   0   1 ]       [ 0  0  1 ]
//
// The even phase has the same rows without infinity, which leave out the last column of B^T. With t = d3 - d1, both B^T are one formula:
// t counts in the rows of 0, 1 and -1 if there are four outputs. `fours` has all bits set then, otherwise none.
//
// The eight floats of a column are two halves that V8 combines: see ./winograd-columns.ts.
import { fma, storePair } from "./lanes";
import { minus } from "./winograd-columns";

// Element k of a matrix times d, four lanes. k is known at compile time, so each function compiles to one line. half, sixth, two, four and eight
// are these numbers in all lanes: see `held`.

// @ts-ignore: decorator
@inline
function input(
  k: i32, fours: v128, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, half: v128, sixth: v128, two: v128,
): v128 {
  const t = f32x4.sub(d3, d1);
  const own = v128.and(t, fours);
  if (k == 0) return fma(half, own, f32x4.sub(d0, d2));
  if (k == 1) return f32x4.mul(half, f32x4.sub(f32x4.add(d2, d1), own));
  if (k == 2) return minus(sixth, own, f32x4.mul(half, f32x4.sub(d2, d1)));
  if (k == 3) return f32x4.mul(sixth, own);
  return v128.bitselect(minus(two, t, f32x4.sub(d4, d2)), t, fours);
}

/** out[k] = (B^T d)[k], rows of out `pitch` bytes apart; d[i] is the eight floats at p_i. Without `infinity`: the even phase. */
// @ts-ignore: decorator
@inline
export function inputColumn(
  fours: v128, infinity: bool, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize,
  half: v128, sixth: v128, two: v128,
): void {
  const l0 = v128.load(p0);
  const h0 = v128.load(p0, 16);
  const l1 = v128.load(p1);
  const h1 = v128.load(p1, 16);
  const l2 = v128.load(p2);
  const h2 = v128.load(p2, 16);
  const l3 = v128.load(p3);
  const h3 = v128.load(p3, 16);
  let l4 = l0, h4 = h0;
  if (infinity) {
    l4 = v128.load(p4);
    h4 = v128.load(p4, 16);
  }
  storePair(out, input(0, fours, l0, l1, l2, l3, l4, half, sixth, two), input(0, fours, h0, h1, h2, h3, h4, half, sixth, two));
  storePair(out + pitch, input(1, fours, l0, l1, l2, l3, l4, half, sixth, two), input(1, fours, h0, h1, h2, h3, h4, half, sixth, two));
  storePair(out + 2 * pitch, input(2, fours, l0, l1, l2, l3, l4, half, sixth, two), input(2, fours, h0, h1, h2, h3, h4, half, sixth, two));
  storePair(out + 3 * pitch, input(3, fours, l0, l1, l2, l3, l4, half, sixth, two), input(3, fours, h0, h1, h2, h3, h4, half, sixth, two));
  if (infinity) storePair(out + 4 * pitch, input(4, fours, l0, l1, l2, l3, l4, half, sixth, two), input(4, fours, h0, h1, h2, h3, h4, half, sixth, two));
}

// @ts-ignore: decorator
@inline
function output(
  k: i32, fours: v128, infinity: bool, m0: v128, m1: v128, m2: v128, own: v128, m4: v128, two: v128, four: v128, eight: v128,
): v128 {
  const m3 = v128.and(own, fours);
  if (k == 0) return f32x4.add(f32x4.add(m0, m3), f32x4.add(m1, m2));
  if (k == 1) return fma(two, m3, f32x4.sub(m1, m2));
  if (k == 2) {
    const y = fma(four, m3, f32x4.add(m1, m2));
    return infinity ? f32x4.add(y, v128.andnot(m4, fours)) : y;
  }
  const y = fma(eight, m3, f32x4.sub(m1, m2));
  return infinity ? f32x4.add(y, m4) : y;
}

/** out[0..3] = A^T m, rows of out `pitch` bytes apart, of m `step` bytes, from address `from` on. The fourth of three is to be ignored. */
// @ts-ignore: decorator
@inline
export function outputColumn(
  fours: v128, infinity: bool, out: usize, pitch: usize, from: usize, step: usize, two: v128, four: v128, eight: v128,
): void {
  const l0 = v128.load(from);
  const h0 = v128.load(from, 16);
  const l1 = v128.load(from + step);
  const h1 = v128.load(from + step, 16);
  const l2 = v128.load(from + 2 * step);
  const h2 = v128.load(from + 2 * step, 16);
  const l3 = v128.load(from + 3 * step);
  const h3 = v128.load(from + 3 * step, 16);
  let l4 = l0, h4 = h0;
  if (infinity) {
    l4 = v128.load(from + 4 * step);
    h4 = v128.load(from + 4 * step, 16);
  }
  storePair(out, output(0, fours, infinity, l0, l1, l2, l3, l4, two, four, eight), output(0, fours, infinity, h0, h1, h2, h3, h4, two, four, eight));
  storePair(out + pitch, output(1, fours, infinity, l0, l1, l2, l3, l4, two, four, eight), output(1, fours, infinity, h0, h1, h2, h3, h4, two, four, eight));
  storePair(out + 2 * pitch, output(2, fours, infinity, l0, l1, l2, l3, l4, two, four, eight), output(2, fours, infinity, h0, h1, h2, h3, h4, two, four, eight));
  storePair(out + 3 * pitch, output(3, fours, infinity, l0, l1, l2, l3, l4, two, four, eight), output(3, fours, infinity, h0, h1, h2, h3, h4, two, four, eight));
}

// @ts-ignore: decorator
@inline
function gradient(
  k: i32, fours: v128, d0: v128, d1: v128, d2: v128, d3: v128, two: v128, four: v128, eight: v128,
): v128 {
  if (k == 0) return d0;
  if (k == 1) return f32x4.add(f32x4.add(d0, d2), f32x4.add(d1, d3));
  if (k == 2) return f32x4.sub(f32x4.add(d0, d2), f32x4.add(d1, d3));
  if (k == 3) return fma(eight, d3, fma(four, d2, fma(two, d1, d0)));
  return f32x4.add(d3, v128.andnot(d2, fours));
}

/** out[k] = (A d)[k]; the fourth of three gradients must be 0. */
// @ts-ignore: decorator
@inline
export function gradientColumn(
  fours: v128, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, two: v128, four: v128, eight: v128,
): void {
  const l0 = v128.load(p0);
  const h0 = v128.load(p0, 16);
  const l1 = v128.load(p1);
  const h1 = v128.load(p1, 16);
  const l2 = v128.load(p2);
  const h2 = v128.load(p2, 16);
  const l3 = v128.load(p3);
  const h3 = v128.load(p3, 16);
  storePair(out, gradient(0, fours, l0, l1, l2, l3, two, four, eight), gradient(0, fours, h0, h1, h2, h3, two, four, eight));
  storePair(out + pitch, gradient(1, fours, l0, l1, l2, l3, two, four, eight), gradient(1, fours, h0, h1, h2, h3, two, four, eight));
  storePair(out + 2 * pitch, gradient(2, fours, l0, l1, l2, l3, two, four, eight), gradient(2, fours, h0, h1, h2, h3, two, four, eight));
  storePair(out + 3 * pitch, gradient(3, fours, l0, l1, l2, l3, two, four, eight), gradient(3, fours, h0, h1, h2, h3, two, four, eight));
  storePair(out + 4 * pitch, gradient(4, fours, l0, l1, l2, l3, two, four, eight), gradient(4, fours, h0, h1, h2, h3, two, four, eight));
}

// @ts-ignore: decorator
@inline
function weights(k: i32, g0: v128, g1: v128, g2: v128): v128 {
  if (k == 0) return g0;
  if (k == 1) return f32x4.add(g0, g2);
  if (k == 2) return f32x4.sub(g0, g2);
  if (k == 3) return f32x4.add(f32x4.add(g2, g2), g0);
  if (k == 4) return g2;
  return g1;
}

/** out[0..4] = G (g0, g2), out[5] = g1: the outer taps at the points, and the middle tap. */
// @ts-ignore: decorator
@inline
export function weightsColumn(out: usize, pitch: usize, from: usize, step: usize): void {
  const l0 = v128.load(from);
  const h0 = v128.load(from, 16);
  const l1 = v128.load(from + step);
  const h1 = v128.load(from + step, 16);
  const l2 = v128.load(from + 2 * step);
  const h2 = v128.load(from + 2 * step, 16);
  storePair(out, weights(0, l0, l1, l2), weights(0, h0, h1, h2));
  storePair(out + pitch, weights(1, l0, l1, l2), weights(1, h0, h1, h2));
  storePair(out + 2 * pitch, weights(2, l0, l1, l2), weights(2, h0, h1, h2));
  storePair(out + 3 * pitch, weights(3, l0, l1, l2), weights(3, h0, h1, h2));
  storePair(out + 4 * pitch, weights(4, l0, l1, l2), weights(4, h0, h1, h2));
  storePair(out + 5 * pitch, weights(5, l0, l1, l2), weights(5, h0, h1, h2));
}

// @ts-ignore: decorator
@inline
function weightsGradient(k: i32, s0: v128, s1: v128, s2: v128, s3: v128, s4: v128, s5: v128): v128 {
  if (k == 0) return f32x4.add(f32x4.add(s1, s2), f32x4.add(s0, s3));
  if (k == 1) return s5;
  return f32x4.add(f32x4.sub(s1, s2), f32x4.add(f32x4.add(s3, s3), s4));
}

/** The transpose of `weightsColumn`. */
// @ts-ignore: decorator
@inline
export function weightsGradientColumn(out: usize, pitch: usize, from: usize, step: usize): void {
  const l0 = v128.load(from);
  const h0 = v128.load(from, 16);
  const l1 = v128.load(from + step);
  const h1 = v128.load(from + step, 16);
  const l2 = v128.load(from + 2 * step);
  const h2 = v128.load(from + 2 * step, 16);
  const l3 = v128.load(from + 3 * step);
  const h3 = v128.load(from + 3 * step, 16);
  const l4 = v128.load(from + 4 * step);
  const h4 = v128.load(from + 4 * step, 16);
  const l5 = v128.load(from + 5 * step);
  const h5 = v128.load(from + 5 * step, 16);
  storePair(out, weightsGradient(0, l0, l1, l2, l3, l4, l5), weightsGradient(0, h0, h1, h2, h3, h4, h5));
  storePair(out + pitch, weightsGradient(1, l0, l1, l2, l3, l4, l5), weightsGradient(1, h0, h1, h2, h3, h4, h5));
  storePair(out + 2 * pitch, weightsGradient(2, l0, l1, l2, l3, l4, l5), weightsGradient(2, h0, h1, h2, h3, h4, h5));
}
