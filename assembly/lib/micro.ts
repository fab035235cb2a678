// The micro-kernels: up to ROWS x 16 outputs in registers, one fused multiply-add per lane and k. All matrix products (matmul, linear,
// convolution and their gradients) end in `micro`, so it is the place to optimize.
//
//   c[i][j] (+)= sum over taps t, then over k:  *(rows[t][i] + k*step)  *  panel[t][k][j]      i < rows, j < 16
//
// A *panel* is 16 columns of B, k-major: panel[k][0..15]. A *table* of addresses gives the rows of A, so that a
// convolution reads its input in place (XNNPACK's "indirect GEMM", M. Dukhan, arXiv:1907.02129). For each tap the table
// holds ROWS + 1 words:
//
//   | byte offset of the tap's rows within the panel | address of row 0 | row 1 | ... | row ROWS-1 |
//
// Each variant sums the products of an output in the same order (outer loop over taps, inner loop over k), so its shape does not change the
// bits and can suit the engine:
//   simd      4x8   two roundings, 128 bits: eight accumulators and their products just fit V8's 16 vector registers
//   relaxed4  4x8   128-bit FMA, for V8 before Node 24 on x64, which loads all factors of a k before its products: they need 14 of 16 registers
//   relaxed   6x8   128-bit FMA
//   revec     6x16  V8 combines adjacent pairs of v128 into 256 bits: 12 accumulators of 256 bits
import { at, ceilDiv, fma, storePair } from "./lanes";

// `asc --use SHAPE=...` (assembly/build.mjs) picks one of these.
// @ts-ignore: decorator
@global const FOUR_BY_EIGHT: i32 = 0;
// @ts-ignore: decorator
@global const SIX_BY_EIGHT: i32 = 1;
// @ts-ignore: decorator
@global const SIX_BY_SIXTEEN: i32 = 2;

/** Columns per panel, equal in all variants: packed weights are the same bytes everywhere. */
// @ts-ignore: decorator
@inline export const PANEL: i32 = 16;

/** Most rows of A per call of `micro`. */
// @ts-ignore: decorator
@inline export const ROWS: i32 = SHAPE == FOUR_BY_EIGHT ? 4 : 6;

/** Fewest rows: with fewer, an output's sum waits for itself, and a call takes as long as with four. */
// @ts-ignore: decorator
@inline export const LEAST_ROWS: i32 = ROWS < 4 ? ROWS : 4;

/**
 * Rows of the next strip when `left` remain: as few strips as possible, of equal length at the end, because a call's time grows with its
 * rows. 49 rows take 4 strips of 6 and 5 of 5; 8 of 6 and one of 1 would take as long as 52.
 */
// @ts-ignore: decorator
@inline
export function stripRows(left: i32): i32 {
  if (ROWS == LEAST_ROWS) return min(left, ROWS);
  return left >= 6 * ROWS ? ROWS : ceilDiv(left, ceilDiv(left, ROWS));
}

/** Columns of the panel held in registers at once. */
// @ts-ignore: decorator
@inline const COLUMNS: i32 = SHAPE == SIX_BY_SIXTEEN ? 16 : 8;

/**
 * c[rows][16], rows ldc floats apart, LEAST_ROWS <= rows <= ROWS. depth: length of the k loop within a tap; step: bytes from one k to the next in A
 * (4 where A's rows are contiguous, the row pitch where A is transposed). accumulate: 1 to start from c, 0 from zero; a
 * mask instead of a branch, because V8's revectorizer skips a function whose accumulators depend on a branch (measured: 62 instead of
 * 124 GFLOP/s).
 */
// @ts-ignore: decorator
@inline
export function micro(
  rows: i32, c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  columns(rows, c, ldc, panel, table, taps, depth, step, accumulate);
  if (COLUMNS < PANEL) columns(rows, c + 32, ldc, panel + 32, table, taps, depth, step, accumulate);
}

// @ts-ignore: decorator
@inline
function columns(
  rows: i32, c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  if (ROWS == 6 && rows == 6) six(c, ldc, panel, table, taps, depth, step, accumulate);
  else if (ROWS == 6 && rows == 5) five(c, ldc, panel, table, taps, depth, step, accumulate);
  else four(c, ldc, panel, table, taps, depth, step, accumulate);
}

// Functions of their own, so that each is compiled once.

function six(c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32): void {
  multiply(6, c, ldc, panel, table, taps, depth, step, accumulate);
}

function five(c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32): void {
  multiply(5, c, ldc, panel, table, taps, depth, step, accumulate);
}

function four(c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32): void {
  multiply(4, c, ldc, panel, table, taps, depth, step, accumulate);
}

/** Initial value of columns 4 * part to 4 * part + 3 of a row. A variant without them gets a value that is not used. */
// @ts-ignore: decorator
@inline
function start(row: usize, part: i32, keep: v128): v128 {
  if (part == 0) return v128.and(v128.load(row), keep);
  if (part == 1) return v128.and(v128.load(row, 16), keep);
  if (COLUMNS == 8) return keep;
  if (part == 2) return v128.and(v128.load(row, 32), keep);
  return v128.and(v128.load(row, 48), keep);
}

/** a*b + c in columns 8 to 15, in variants that have them. */
// @ts-ignore: decorator
@inline
function wide(a: v128, b: v128, c: v128): v128 {
  return COLUMNS == 8 ? c : fma(a, b, c);
}

// @ts-ignore: decorator
@inline
function finish(row: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  storePair(row, c0, c1);
  if (COLUMNS == 16) storePair(row + 32, c2, c3);
}

/**
 * `rows` (a constant) rows, COLUMNS of the panel's sixteen columns; cij holds columns 4j to 4j + 3 of row i. Written for 6x16: the
 * compiler removes the rows and columns that a smaller kernel does not have, so that one function serves all shapes.
 */
// @ts-ignore: decorator
@inline
function multiply(
  rows: i32, c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  const keep = i32x4.splat(-accumulate);
  const y1 = at(c, ldc);
  const y2 = at(c, 2 * ldc);
  const y3 = at(c, 3 * ldc);
  const y4 = at(c, 4 * ldc);
  const y5 = at(c, 5 * ldc);
  let c00 = start(c, 0, keep), c01 = start(c, 1, keep), c02 = start(c, 2, keep), c03 = start(c, 3, keep);
  let c10 = start(y1, 0, keep), c11 = start(y1, 1, keep), c12 = start(y1, 2, keep), c13 = start(y1, 3, keep);
  let c20 = start(y2, 0, keep), c21 = start(y2, 1, keep), c22 = start(y2, 2, keep), c23 = start(y2, 3, keep);
  let c30 = start(y3, 0, keep), c31 = start(y3, 1, keep), c32 = start(y3, 2, keep), c33 = start(y3, 3, keep);
  let c40 = keep, c41 = keep, c42 = keep, c43 = keep;
  let c50 = keep, c51 = keep, c52 = keep, c53 = keep;
  if (rows > 4) {
    c40 = start(y4, 0, keep);
    c41 = start(y4, 1, keep);
    c42 = start(y4, 2, keep);
    c43 = start(y4, 3, keep);
  }
  if (rows > 5) {
    c50 = start(y5, 0, keep);
    c51 = start(y5, 1, keep);
    c52 = start(y5, 2, keep);
    c53 = start(y5, 3, keep);
  }
  for (let t = 0; t < taps; ++t) {
    let b = panel + load<u32>(table);
    const a0 = <usize>load<u32>(table, 4);
    const a1 = <usize>load<u32>(table, 8);
    const a2 = <usize>load<u32>(table, 12);
    const a3 = <usize>load<u32>(table, 16);
    const a4 = rows > 4 ? <usize>load<u32>(table, 20) : 0;
    const a5 = rows > 5 ? <usize>load<u32>(table, 24) : 0;
    const end = depth * step;
    for (let k = 0; k < end; k += step) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const b2 = COLUMNS == 8 ? b0 : v128.load(b, 32);
      const b3 = COLUMNS == 8 ? b1 : v128.load(b, 48);
      const s0 = v128.load32_splat(a0 + k);
      c00 = fma(s0, b0, c00);
      c01 = fma(s0, b1, c01);
      c02 = wide(s0, b2, c02);
      c03 = wide(s0, b3, c03);
      const s1 = v128.load32_splat(a1 + k);
      c10 = fma(s1, b0, c10);
      c11 = fma(s1, b1, c11);
      c12 = wide(s1, b2, c12);
      c13 = wide(s1, b3, c13);
      const s2 = v128.load32_splat(a2 + k);
      c20 = fma(s2, b0, c20);
      c21 = fma(s2, b1, c21);
      c22 = wide(s2, b2, c22);
      c23 = wide(s2, b3, c23);
      const s3 = v128.load32_splat(a3 + k);
      c30 = fma(s3, b0, c30);
      c31 = fma(s3, b1, c31);
      c32 = wide(s3, b2, c32);
      c33 = wide(s3, b3, c33);
      if (rows > 4) {
        const s4 = v128.load32_splat(a4 + k);
        c40 = fma(s4, b0, c40);
        c41 = fma(s4, b1, c41);
        c42 = wide(s4, b2, c42);
        c43 = wide(s4, b3, c43);
      }
      if (rows > 5) {
        const s5 = v128.load32_splat(a5 + k);
        c50 = fma(s5, b0, c50);
        c51 = fma(s5, b1, c51);
        c52 = wide(s5, b2, c52);
        c53 = wide(s5, b3, c53);
      }
      b += 4 * PANEL;
    }
    table += 4 * (ROWS + 1);
  }
  finish(c, c00, c01, c02, c03);
  finish(y1, c10, c11, c12, c13);
  finish(y2, c20, c21, c22, c23);
  finish(y3, c30, c31, c32, c33);
  if (rows > 4) finish(y4, c40, c41, c42, c43);
  if (rows > 5) {
    finish(y5, c50, c51, c52, c53);
  }
}
