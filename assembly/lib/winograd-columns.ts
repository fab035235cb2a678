// Winograd's transforms of one column. A transform M d M^T of a patch applies M to each column,
// then to each row of the result. Points 0, 1, -1, 2, -2 and infinity (Lavin & Gray, arXiv:1509.09308):
//
//         [ 4  0 -5  0  1  0 ]         [ 1  0  0  0 ]         [  1/4    0     0   ]
//         [ 0 -4 -4  1  1  0 ]         [ 1  1  1  1 ]         [ -1/6  -1/6  -1/6  ]
//   B^T = [ 0  4 -4 -1  1  0 ]     A = [ 1 -1  1 -1 ]     G = [ -1/6   1/6  -1/6  ]
//         [ 0 -2 -1  2  1  0 ]         [ 1  2  4  8 ]         [  1/24  1/12  1/6  ]
//         [ 0  2 -1 -2  1  0 ]         [ 1 -2  4 -8 ]         [  1/24 -1/12  1/6  ]
//         [ 0  4  0 -5  0  1 ]         [ 0  0  0  1 ]         [   0     0     1   ]
//
// A patch at the image's edge may have 2 rows of outputs (or columns; 1 counts as 2). F(2, 3) leaves out the points 2 and -2. Its B^T is scaled
// so that G keeps its rows: all patches share the transformed weights. Rows for the points 0, 1, -1 and infinity:
//
//            [ 4  0 -4  0 ]         [ 1  0 ]
//   B2^T =   [ 0 -3 -3  0 ]    A2 = [ 1  1 ]
//            [ 0  3 -3  0 ]         [ 1 -1 ]
//            [ 0 -1  0  1 ]         [ 0  1 ]
import { fma, storePair } from "./lanes";

/** Matrix that multiplies a column; those with a 2 are of patches with two rows. */
export const enum Matrix {
  /** Input: 6 or 4 to points. */
  B_T,
  B2_T,
  /** Gradient of the output: 4 or 2 to points. */
  A,
  A2,
  /** Products to outputs: points to 4 or 2. */
  A_T,
  A2_T,
  /** Weights: 3 to points. */
  G,
  /** Products to gradients of weights: points to 3. */
  G_T,
}

/** Whether a patch with so many rows (or columns) has point i. */
// @ts-ignore: decorator
@inline
export function hasPoint(rows: i32, i: i32): bool {
  return rows == 4 || i < 3 || i == 5;
}

/** Whether element k is multiplied. */
// @ts-ignore: decorator
@inline
function reads(matrix: Matrix, k: i32): bool {
  if (matrix == Matrix.B2_T || matrix == Matrix.A) return k < 4;
  if (matrix == Matrix.A2) return k < 2;
  if (matrix == Matrix.A2_T) return hasPoint(2, k);
  if (matrix == Matrix.G) return k < 3;
  return true;
}

/** Whether there is a result i. */
// @ts-ignore: decorator
@inline
function writes(matrix: Matrix, i: i32): bool {
  if (matrix == Matrix.B2_T || matrix == Matrix.A2) return hasPoint(2, i);
  if (matrix == Matrix.A_T) return i < 4;
  if (matrix == Matrix.A2_T) return i < 2;
  if (matrix == Matrix.G_T) return i < 3;
  return true;
}

/**
 * `value` in four lanes. V8 makes a constant anew for each use, by three instructions; what was loaded stays in a register. The four bytes at
 * `scratch` are overwritten.
 */
// @ts-ignore: decorator
@inline
export function held(scratch: usize, value: f32): v128 {
  store<f32>(scratch, value);
  return v128.load32_splat(scratch);
}

/** z - x*y. */
// @ts-ignore: decorator
@inline
export function minus(x: v128, y: v128, z: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(x, y, z);
  return f32x4.sub(z, f32x4.mul(x, y));
}

// Element i of matrix times d, four lanes. i is known at compile time, so each function compiles to one line. The matrices' factors k0 to k4
// are given by `factor`.

/** Factor k of a matrix: the magnitudes of its elements other than 1. */
// @ts-ignore: decorator
@inline
export function factor(matrix: Matrix, k: i32): f32 {
  if (matrix == Matrix.B_T) return k == 0 ? 2 : k == 1 ? 4 : 5;
  if (matrix == Matrix.B2_T) return k == 0 ? 3 : 4;
  if (matrix == Matrix.G || matrix == Matrix.G_T) return k == 0 ? 1.0 / 4 : k == 1 ? 1.0 / 6 : k == 2 ? 1.0 / 12 : 1.0 / 24;
  return k == 0 ? 2 : k == 1 ? 4 : 8;
}

// @ts-ignore: decorator
@inline
function input(i: i32, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, k2: v128, k4: v128, k5: v128): v128 {
  if (i == 0) return fma(k4, d0, minus(k5, d2, d4));
  if (i == 1) return f32x4.add(minus(k4, d2, d4), minus(k4, d1, d3));
  if (i == 2) return f32x4.sub(minus(k4, d2, d4), minus(k4, d1, d3));
  if (i == 3) return fma(k2, f32x4.sub(d3, d1), f32x4.sub(d4, d2));
  if (i == 4) return minus(k2, f32x4.sub(d3, d1), f32x4.sub(d4, d2));
  return fma(k4, d1, minus(k5, d3, d5));
}

// @ts-ignore: decorator
@inline
function input2(i: i32, d0: v128, d1: v128, d2: v128, d3: v128, k3: v128, k4: v128): v128 {
  if (i == 0) return f32x4.mul(k4, f32x4.sub(d0, d2));
  if (i == 1) return f32x4.mul(k3, f32x4.neg(f32x4.add(d1, d2)));
  if (i == 2) return f32x4.mul(k3, f32x4.sub(d1, d2));
  return f32x4.sub(d3, d1);
}

// @ts-ignore: decorator
@inline
function gradient(i: i32, d0: v128, d1: v128, d2: v128, d3: v128, k4: v128, k8: v128): v128 {
  if (i == 0) return d0;
  if (i == 1) return f32x4.add(f32x4.add(d0, d2), f32x4.add(d1, d3));
  if (i == 2) return f32x4.sub(f32x4.add(d0, d2), f32x4.add(d1, d3));
  if (i == 3) return f32x4.add(fma(k4, d2, d0), fma(k8, d3, f32x4.add(d1, d1)));
  if (i == 4) return f32x4.sub(fma(k4, d2, d0), fma(k8, d3, f32x4.add(d1, d1)));
  return d3;
}

// @ts-ignore: decorator
@inline
function gradient2(i: i32, d0: v128, d1: v128): v128 {
  if (i == 0) return d0;
  if (i == 1) return f32x4.add(d0, d1);
  if (i == 2) return f32x4.sub(d0, d1);
  return d1;
}

// @ts-ignore: decorator
@inline
function output(i: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, k2: v128, k4: v128, k8: v128): v128 {
  if (i == 0) return f32x4.add(f32x4.add(m0, f32x4.add(m1, m2)), f32x4.add(m3, m4));
  if (i == 1) return fma(k2, f32x4.sub(m3, m4), f32x4.sub(m1, m2));
  if (i == 2) return fma(k4, f32x4.add(m3, m4), f32x4.add(m1, m2));
  return f32x4.add(fma(k8, f32x4.sub(m3, m4), f32x4.sub(m1, m2)), m5);
}

// @ts-ignore: decorator
@inline
function output2(i: i32, m0: v128, m1: v128, m2: v128, m5: v128): v128 {
  if (i == 0) return f32x4.add(m0, f32x4.add(m1, m2));
  return f32x4.add(f32x4.sub(m1, m2), m5);
}

// @ts-ignore: decorator
@inline
function weights(i: i32, g0: v128, g1: v128, g2: v128, k4: v128, k6: v128, k12: v128, k24: v128): v128 {
  if (i == 0) return f32x4.mul(k4, g0);
  if (i == 1) return f32x4.neg(f32x4.add(f32x4.mul(k6, f32x4.add(g0, g2)), f32x4.mul(k6, g1)));
  if (i == 2) return f32x4.sub(f32x4.mul(k6, g1), f32x4.mul(k6, f32x4.add(g0, g2)));
  if (i == 3) return f32x4.add(fma(k6, g2, f32x4.mul(k24, g0)), f32x4.mul(k12, g1));
  if (i == 4) return f32x4.sub(fma(k6, g2, f32x4.mul(k24, g0)), f32x4.mul(k12, g1));
  return g2;
}

// @ts-ignore: decorator
@inline
function weightsGradient(
  i: i32, s0: v128, s1: v128, s2: v128, s3: v128, s4: v128, s5: v128, k4: v128, k6: v128, k12: v128, k24: v128,
): v128 {
  if (i == 0) return fma(k24, f32x4.add(s3, s4), minus(k6, f32x4.add(s1, s2), f32x4.mul(k4, s0)));
  if (i == 1) return minus(k6, f32x4.sub(s1, s2), f32x4.mul(k12, f32x4.sub(s3, s4)));
  return fma(k6, f32x4.sub(f32x4.add(s3, s4), f32x4.add(s1, s2)), s5);
}

// @ts-ignore: decorator
@inline
function element(
  matrix: Matrix, i: i32, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128,
  k0: v128, k1: v128, k2: v128, k3: v128,
): v128 {
  if (matrix == Matrix.B_T) return input(i, d0, d1, d2, d3, d4, d5, k0, k1, k2);
  if (matrix == Matrix.B2_T) return input2(i, d0, d1, d2, d3, k0, k1);
  if (matrix == Matrix.A) return gradient(i, d0, d1, d2, d3, k1, k2);
  if (matrix == Matrix.A2) return gradient2(i, d0, d1);
  if (matrix == Matrix.A_T) return output(i, d0, d1, d2, d3, d4, d5, k0, k1, k2);
  if (matrix == Matrix.A2_T) return output2(i, d0, d1, d2, d5);
  if (matrix == Matrix.G) return weights(i, d0, d1, d2, k0, k1, k2, k3);
  return weightsGradient(i, d0, d1, d2, d3, d4, d5, k0, k1, k2, k3);
}

/**
 * out[i] = (matrix d)[i], rows of out `pitch` bytes apart; d[k] is the eight floats at address p_k. Elements and results that a matrix does not
 * have are neither read nor written; points keep their places. k0 to k3 are the matrix's factors, in all lanes.
 *
 * The eight floats are two halves of four, l and h, that V8 combines (see storePair). A half that also stored, called at offsets 0 and 16,
 * would put other stores between the two of a pair: V8 does not combine those, and the input transform runs at 0.83 of its speed. So a
 * half only computes.
 */
// @ts-ignore: decorator
@inline
export function transformColumn(
  matrix: Matrix, out: usize, pitch: usize, p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize,
  k0: v128, k1: v128, k2: v128, k3: v128,
): void {
  const l0 = v128.load(p0);
  const h0 = v128.load(p0, 16);
  const l1 = v128.load(p1);
  const h1 = v128.load(p1, 16);
  let l2 = l0, h2 = h0, l3 = l0, h3 = h0, l4 = l0, h4 = h0, l5 = l0, h5 = h0;
  if (reads(matrix, 2)) {
    l2 = v128.load(p2);
    h2 = v128.load(p2, 16);
  }
  if (reads(matrix, 3)) {
    l3 = v128.load(p3);
    h3 = v128.load(p3, 16);
  }
  if (reads(matrix, 4)) {
    l4 = v128.load(p4);
    h4 = v128.load(p4, 16);
  }
  if (reads(matrix, 5)) {
    l5 = v128.load(p5);
    h5 = v128.load(p5, 16);
  }
  storePair(
    out,
    element(matrix, 0, l0, l1, l2, l3, l4, l5, k0, k1, k2, k3),
    element(matrix, 0, h0, h1, h2, h3, h4, h5, k0, k1, k2, k3),
  );
  storePair(
    out + pitch,
    element(matrix, 1, l0, l1, l2, l3, l4, l5, k0, k1, k2, k3),
    element(matrix, 1, h0, h1, h2, h3, h4, h5, k0, k1, k2, k3),
  );
  if (writes(matrix, 2)) {
    storePair(
      out + 2 * pitch,
      element(matrix, 2, l0, l1, l2, l3, l4, l5, k0, k1, k2, k3),
      element(matrix, 2, h0, h1, h2, h3, h4, h5, k0, k1, k2, k3),
    );
  }
  if (writes(matrix, 3)) {
    storePair(
      out + 3 * pitch,
      element(matrix, 3, l0, l1, l2, l3, l4, l5, k0, k1, k2, k3),
      element(matrix, 3, h0, h1, h2, h3, h4, h5, k0, k1, k2, k3),
    );
  }
  if (writes(matrix, 4)) {
    storePair(
      out + 4 * pitch,
      element(matrix, 4, l0, l1, l2, l3, l4, l5, k0, k1, k2, k3),
      element(matrix, 4, h0, h1, h2, h3, h4, h5, k0, k1, k2, k3),
    );
  }
  if (writes(matrix, 5)) {
    storePair(
      out + 5 * pitch,
      element(matrix, 5, l0, l1, l2, l3, l4, l5, k0, k1, k2, k3),
      element(matrix, 5, h0, h1, h2, h3, h4, h5, k0, k1, k2, k3),
    );
  }
}

/** The same with d[k] `step` bytes apart, from address `from` on. */
// @ts-ignore: decorator
@inline
export function transformStrided(
  matrix: Matrix, out: usize, pitch: usize, from: usize, step: usize, k0: v128, k1: v128, k2: v128, k3: v128,
): void {
  transformColumn(
    matrix, out, pitch, from, from + step, from + 2 * step, from + 3 * step, from + 4 * step, from + 5 * step,
    k0, k1, k2, k3,
  );
}
