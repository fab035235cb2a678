// Winograd's transforms of one column. A transform M d M^T of a patch applies M to each column,
// then to each row of the result. Points 0, 1, -1, 2, -2 and infinity (Lavin & Gray, arXiv:1509.09308):
//
//         [ 4  0 -5  0  1  0 ]         [ 1  0  0  0 ]         [  1/4    0     0   ]
//         [ 0 -4 -4  1  1  0 ]         [ 1  1  1  1 ]         [ -1/6  -1/6  -1/6  ]
//   B^T = [ 0  4 -4 -1  1  0 ]     A = [ 1 -1  1 -1 ]     G = [ -1/6   1/6  -1/6  ]
//         [ 0 -2 -1  2  1  0 ]         [ 1  2  4  8 ]         [  1/24  1/12  1/6  ]
//         [ 0  2 -1 -2  1  0 ]         [ 1 -2  4 -8 ]         [  1/24 -1/12  1/6  ]
//         [ 0  4  0 -5  0  1 ]         [ 0  0  0  1 ]         [   0     0     1   ]
import { fma, storePair } from "./lanes";

/** Matrix that multiplies a column. */
export const enum Matrix {
  /** Input: 6 to 6. */
  B_T,
  /** Gradient of the output: 4 to 6. */
  A,
  /** Products to outputs: 6 to 4. */
  A_T,
  /** Weights: 3 to 6. */
  G,
  /** Products to gradients of weights: 6 to 3. */
  G_T,
}

// @ts-ignore: decorator
@inline
function times(factor: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(factor), x);
}

/** factor*x + y. */
// @ts-ignore: decorator
@inline
function plus(factor: f32, x: v128, y: v128): v128 {
  return fma(f32x4.splat(factor), x, y);
}

// Element i of matrix times d, four lanes. i is known at compile time, so each function compiles to one line.

// @ts-ignore: decorator
@inline
function input(i: i32, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128): v128 {
  if (i == 0) return plus(4, d0, plus(-5, d2, d4));
  if (i == 1) return f32x4.add(plus(-4, d2, d4), plus(-4, d1, d3));
  if (i == 2) return f32x4.sub(plus(-4, d2, d4), plus(-4, d1, d3));
  if (i == 3) return plus(2, f32x4.sub(d3, d1), f32x4.sub(d4, d2));
  if (i == 4) return plus(-2, f32x4.sub(d3, d1), f32x4.sub(d4, d2));
  return plus(4, d1, plus(-5, d3, d5));
}

// @ts-ignore: decorator
@inline
function gradient(i: i32, d0: v128, d1: v128, d2: v128, d3: v128): v128 {
  if (i == 0) return d0;
  if (i == 1) return f32x4.add(f32x4.add(d0, d2), f32x4.add(d1, d3));
  if (i == 2) return f32x4.sub(f32x4.add(d0, d2), f32x4.add(d1, d3));
  if (i == 3) return f32x4.add(plus(4, d2, d0), plus(8, d3, f32x4.add(d1, d1)));
  if (i == 4) return f32x4.sub(plus(4, d2, d0), plus(8, d3, f32x4.add(d1, d1)));
  return d3;
}

// @ts-ignore: decorator
@inline
function output(i: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  if (i == 0) return f32x4.add(f32x4.add(m0, f32x4.add(m1, m2)), f32x4.add(m3, m4));
  if (i == 1) return plus(2, f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  if (i == 2) return plus(4, f32x4.add(m3, m4), f32x4.add(m1, m2));
  return f32x4.add(plus(8, f32x4.sub(m3, m4), f32x4.sub(m1, m2)), m5);
}

// @ts-ignore: decorator
@inline
function weights(i: i32, g0: v128, g1: v128, g2: v128): v128 {
  if (i == 0) return times(1.0 / 4, g0);
  if (i == 1) return f32x4.add(times(-1.0 / 6, f32x4.add(g0, g2)), times(-1.0 / 6, g1));
  if (i == 2) return f32x4.sub(times(-1.0 / 6, f32x4.add(g0, g2)), times(-1.0 / 6, g1));
  if (i == 3) return f32x4.add(plus(1.0 / 6, g2, times(1.0 / 24, g0)), times(1.0 / 12, g1));
  if (i == 4) return f32x4.sub(plus(1.0 / 6, g2, times(1.0 / 24, g0)), times(1.0 / 12, g1));
  return g2;
}

// @ts-ignore: decorator
@inline
function weightsGradient(i: i32, s0: v128, s1: v128, s2: v128, s3: v128, s4: v128, s5: v128): v128 {
  if (i == 0) return plus(1.0 / 24, f32x4.add(s3, s4), plus(-1.0 / 6, f32x4.add(s1, s2), times(1.0 / 4, s0)));
  if (i == 1) return plus(-1.0 / 6, f32x4.sub(s1, s2), times(1.0 / 12, f32x4.sub(s3, s4)));
  return plus(1.0 / 6, f32x4.sub(f32x4.add(s3, s4), f32x4.add(s1, s2)), s5);
}

// @ts-ignore: decorator
@inline
function element(matrix: Matrix, i: i32, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128): v128 {
  if (matrix == Matrix.B_T) return input(i, d0, d1, d2, d3, d4, d5);
  if (matrix == Matrix.A) return gradient(i, d0, d1, d2, d3);
  if (matrix == Matrix.A_T) return output(i, d0, d1, d2, d3, d4, d5);
  if (matrix == Matrix.G) return weights(i, d0, d1, d2);
  return weightsGradient(i, d0, d1, d2, d3, d4, d5);
}

/**
 * out[i] = (matrix d)[i], rows of out `pitch` bytes apart; d[k] is the eight floats at address p_k. A matrix with fewer columns uses the
 * first ones.
 *
 * The eight floats are two halves of four, l and h, that V8 combines (see storePair). A half that also stored, called at offsets 0 and 16,
 * would put other stores between the two of a pair: V8 does not combine those, and the input transform runs at 0.83 of its speed. So a
 * half only computes.
 */
// @ts-ignore: decorator
@inline
export function transformColumn(
  matrix: Matrix, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize,
): void {
  const l0 = v128.load(p0);
  const h0 = v128.load(p0, 16);
  const l1 = v128.load(p1);
  const h1 = v128.load(p1, 16);
  const l2 = v128.load(p2);
  const h2 = v128.load(p2, 16);
  let l3 = l0, h3 = h0, l4 = l0, h4 = h0, l5 = l0, h5 = h0;
  if (matrix != Matrix.G) {
    l3 = v128.load(p3);
    h3 = v128.load(p3, 16);
  }
  if (matrix != Matrix.G && matrix != Matrix.A) {
    l4 = v128.load(p4);
    h4 = v128.load(p4, 16);
    l5 = v128.load(p5);
    h5 = v128.load(p5, 16);
  }
  const rows = matrix == Matrix.G_T ? 3 : matrix == Matrix.A_T ? 4 : 6;
  storePair(out, element(matrix, 0, l0, l1, l2, l3, l4, l5), element(matrix, 0, h0, h1, h2, h3, h4, h5));
  storePair(out + pitch, element(matrix, 1, l0, l1, l2, l3, l4, l5), element(matrix, 1, h0, h1, h2, h3, h4, h5));
  storePair(out + 2 * pitch, element(matrix, 2, l0, l1, l2, l3, l4, l5), element(matrix, 2, h0, h1, h2, h3, h4, h5));
  if (rows > 3) {
    storePair(out + 3 * pitch, element(matrix, 3, l0, l1, l2, l3, l4, l5), element(matrix, 3, h0, h1, h2, h3, h4, h5));
  }
  if (rows > 4) {
    storePair(out + 4 * pitch, element(matrix, 4, l0, l1, l2, l3, l4, l5), element(matrix, 4, h0, h1, h2, h3, h4, h5));
    storePair(out + 5 * pitch, element(matrix, 5, l0, l1, l2, l3, l4, l5), element(matrix, 5, h0, h1, h2, h3, h4, h5));
  }
}

/** The same with d[k] `step` bytes apart, from address `from` on. */
// @ts-ignore: decorator
@inline
export function transformStrided(matrix: Matrix, out: usize, pitch: usize, from: usize, step: usize): void {
  transformColumn(
    matrix, out, pitch, from, from + step, from + 2 * step, from + 3 * step, from + 4 * step, from + 5 * step,
  );
}
