// The micro-kernels: ROWS x 16 outputs in registers, one fused multiply-add a lane and k. Everything that multiplies
// matrices here (matmul, linear, convolution and their gradients) ends in `micro`, so it is the one place to make faster.
//
//   c[i][j] (+)= sum over taps t, then over k:  *(rows[t][i] + k*step)  *  panel[t][k][j]      i < ROWS, j < 16
//
// A *panel* is 16 columns of B, k-major: panel[k][0..15]. Rows of A are found through a *table* of addresses, so that a
// convolution reads its input in place (XNNPACK's "indirect GEMM", M. Dukhan, arXiv:1907.02129). For each tap the table
// holds ROWS + 1 words:
//
//   | byte offset of the tap's rows within the panel | address of row 0 | row 1 | ... | row ROWS-1 |
//
// Every shape adds up the products of one output in the same order (taps outside, k inside), so the bits do not depend
// on the shape, and the shape may follow the engine:
//   simd     4x8   two roundings, 128 bits: eight accumulators and their products just fit V8's 16 vector registers
//   relaxed  6x8   128-bit FMA
//   revec    6x16  V8 fuses neighbouring pairs of v128 into 256 bits: 12 accumulators of 256 bits
import { at, fma } from "./lanes";

/** Columns in a panel, whatever the variant: packed weights are the same bytes everywhere. */
// @ts-ignore: decorator
@inline export const PANEL: i32 = 16;

/** Rows of A that one call of `micro` takes. */
// @ts-ignore: decorator
@inline export const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

// `asc --use WIDTH=...` (assembly/build.mjs) picks one of these two.
// @ts-ignore: decorator
@global const NARROW: bool = false;
// @ts-ignore: decorator
@global const WIDE: bool = true;

/**
 * c[ROWS][16], rows ldc floats apart. depth: length of the k loop within a tap; step: bytes from one k to the next in A
 * (4 where A's rows are contiguous, the row pitch where A is transposed). accumulate: 1 to start from c, 0 from zero; it is
 * a mask and not a branch, because V8's revectorizer gives up on a function whose accumulators depend on one (measured:
 * 62 instead of 124 GFLOP/s).
 */
// @ts-ignore: decorator
@inline
export function micro(
  c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  // @ts-ignore: WIDTH is an alias given to asc
  if (WIDTH) {
    micro6x16(c, ldc, panel, table, taps, depth, step, accumulate);
  } else if (ASC_FEATURE_RELAXED_SIMD) {
    micro6x8(c, ldc, panel, table, taps, depth, step, accumulate);
    micro6x8(c + 32, ldc, panel + 32, table, taps, depth, step, accumulate);
  } else {
    micro4x8(c, ldc, panel, table, taps, depth, step, accumulate);
    micro4x8(c + 32, ldc, panel + 32, table, taps, depth, step, accumulate);
  }
}

/** Six rows, sixteen columns. */
function micro6x16(
  c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  const y1 = at(c, ldc);
  const y2 = at(c, 2 * ldc);
  const y3 = at(c, 3 * ldc);
  const y4 = at(c, 4 * ldc);
  const y5 = at(c, 5 * ldc);
  const keep = i32x4.splat(-accumulate);
  let c00 = v128.and(v128.load(c), keep);
  let c01 = v128.and(v128.load(c, 16), keep);
  let c02 = v128.and(v128.load(c, 32), keep);
  let c03 = v128.and(v128.load(c, 48), keep);
  let c10 = v128.and(v128.load(y1), keep);
  let c11 = v128.and(v128.load(y1, 16), keep);
  let c12 = v128.and(v128.load(y1, 32), keep);
  let c13 = v128.and(v128.load(y1, 48), keep);
  let c20 = v128.and(v128.load(y2), keep);
  let c21 = v128.and(v128.load(y2, 16), keep);
  let c22 = v128.and(v128.load(y2, 32), keep);
  let c23 = v128.and(v128.load(y2, 48), keep);
  let c30 = v128.and(v128.load(y3), keep);
  let c31 = v128.and(v128.load(y3, 16), keep);
  let c32 = v128.and(v128.load(y3, 32), keep);
  let c33 = v128.and(v128.load(y3, 48), keep);
  let c40 = v128.and(v128.load(y4), keep);
  let c41 = v128.and(v128.load(y4, 16), keep);
  let c42 = v128.and(v128.load(y4, 32), keep);
  let c43 = v128.and(v128.load(y4, 48), keep);
  let c50 = v128.and(v128.load(y5), keep);
  let c51 = v128.and(v128.load(y5, 16), keep);
  let c52 = v128.and(v128.load(y5, 32), keep);
  let c53 = v128.and(v128.load(y5, 48), keep);
  for (let t = 0; t < taps; ++t) {
    let b = panel + load<u32>(table);
    const a0 = <usize>load<u32>(table, 4);
    const a1 = <usize>load<u32>(table, 8);
    const a2 = <usize>load<u32>(table, 12);
    const a3 = <usize>load<u32>(table, 16);
    const a4 = <usize>load<u32>(table, 20);
    const a5 = <usize>load<u32>(table, 24);
    const end = depth * step;
    for (let k = 0; k < end; k += step) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const b2 = v128.load(b, 32);
      const b3 = v128.load(b, 48);
      const s0 = v128.load32_splat(a0 + k);
      c00 = fma(s0, b0, c00);
      c01 = fma(s0, b1, c01);
      c02 = fma(s0, b2, c02);
      c03 = fma(s0, b3, c03);
      const s1 = v128.load32_splat(a1 + k);
      c10 = fma(s1, b0, c10);
      c11 = fma(s1, b1, c11);
      c12 = fma(s1, b2, c12);
      c13 = fma(s1, b3, c13);
      const s2 = v128.load32_splat(a2 + k);
      c20 = fma(s2, b0, c20);
      c21 = fma(s2, b1, c21);
      c22 = fma(s2, b2, c22);
      c23 = fma(s2, b3, c23);
      const s3 = v128.load32_splat(a3 + k);
      c30 = fma(s3, b0, c30);
      c31 = fma(s3, b1, c31);
      c32 = fma(s3, b2, c32);
      c33 = fma(s3, b3, c33);
      const s4 = v128.load32_splat(a4 + k);
      c40 = fma(s4, b0, c40);
      c41 = fma(s4, b1, c41);
      c42 = fma(s4, b2, c42);
      c43 = fma(s4, b3, c43);
      const s5 = v128.load32_splat(a5 + k);
      c50 = fma(s5, b0, c50);
      c51 = fma(s5, b1, c51);
      c52 = fma(s5, b2, c52);
      c53 = fma(s5, b3, c53);
      b += 4 * PANEL;
    }
    table += 4 * (ROWS + 1);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  v128.store(y1, c10);
  v128.store(y1, c11, 16);
  v128.store(y1, c12, 32);
  v128.store(y1, c13, 48);
  v128.store(y2, c20);
  v128.store(y2, c21, 16);
  v128.store(y2, c22, 32);
  v128.store(y2, c23, 48);
  v128.store(y3, c30);
  v128.store(y3, c31, 16);
  v128.store(y3, c32, 32);
  v128.store(y3, c33, 48);
  v128.store(y4, c40);
  v128.store(y4, c41, 16);
  v128.store(y4, c42, 32);
  v128.store(y4, c43, 48);
  v128.store(y5, c50);
  v128.store(y5, c51, 16);
  v128.store(y5, c52, 32);
  v128.store(y5, c53, 48);
}

/** Six rows, eight of the panel's sixteen columns. */
function micro6x8(
  c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  const y1 = at(c, ldc);
  const y2 = at(c, 2 * ldc);
  const y3 = at(c, 3 * ldc);
  const y4 = at(c, 4 * ldc);
  const y5 = at(c, 5 * ldc);
  const keep = i32x4.splat(-accumulate);
  let c00 = v128.and(v128.load(c), keep);
  let c01 = v128.and(v128.load(c, 16), keep);
  let c10 = v128.and(v128.load(y1), keep);
  let c11 = v128.and(v128.load(y1, 16), keep);
  let c20 = v128.and(v128.load(y2), keep);
  let c21 = v128.and(v128.load(y2, 16), keep);
  let c30 = v128.and(v128.load(y3), keep);
  let c31 = v128.and(v128.load(y3, 16), keep);
  let c40 = v128.and(v128.load(y4), keep);
  let c41 = v128.and(v128.load(y4, 16), keep);
  let c50 = v128.and(v128.load(y5), keep);
  let c51 = v128.and(v128.load(y5, 16), keep);
  for (let t = 0; t < taps; ++t) {
    let b = panel + load<u32>(table);
    const a0 = <usize>load<u32>(table, 4);
    const a1 = <usize>load<u32>(table, 8);
    const a2 = <usize>load<u32>(table, 12);
    const a3 = <usize>load<u32>(table, 16);
    const a4 = <usize>load<u32>(table, 20);
    const a5 = <usize>load<u32>(table, 24);
    const end = depth * step;
    for (let k = 0; k < end; k += step) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const s0 = v128.load32_splat(a0 + k);
      c00 = fma(s0, b0, c00);
      c01 = fma(s0, b1, c01);
      const s1 = v128.load32_splat(a1 + k);
      c10 = fma(s1, b0, c10);
      c11 = fma(s1, b1, c11);
      const s2 = v128.load32_splat(a2 + k);
      c20 = fma(s2, b0, c20);
      c21 = fma(s2, b1, c21);
      const s3 = v128.load32_splat(a3 + k);
      c30 = fma(s3, b0, c30);
      c31 = fma(s3, b1, c31);
      const s4 = v128.load32_splat(a4 + k);
      c40 = fma(s4, b0, c40);
      c41 = fma(s4, b1, c41);
      const s5 = v128.load32_splat(a5 + k);
      c50 = fma(s5, b0, c50);
      c51 = fma(s5, b1, c51);
      b += 4 * PANEL;
    }
    table += 4 * (ROWS + 1);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(y1, c10);
  v128.store(y1, c11, 16);
  v128.store(y2, c20);
  v128.store(y2, c21, 16);
  v128.store(y3, c30);
  v128.store(y3, c31, 16);
  v128.store(y4, c40);
  v128.store(y4, c41, 16);
  v128.store(y5, c50);
  v128.store(y5, c51, 16);
}

/** Four rows, eight of the panel's sixteen columns. */
function micro4x8(
  c: usize, ldc: i32, panel: usize, table: usize, taps: i32, depth: i32, step: i32, accumulate: i32,
): void {
  const y1 = at(c, ldc);
  const y2 = at(c, 2 * ldc);
  const y3 = at(c, 3 * ldc);
  const keep = i32x4.splat(-accumulate);
  let c00 = v128.and(v128.load(c), keep);
  let c01 = v128.and(v128.load(c, 16), keep);
  let c10 = v128.and(v128.load(y1), keep);
  let c11 = v128.and(v128.load(y1, 16), keep);
  let c20 = v128.and(v128.load(y2), keep);
  let c21 = v128.and(v128.load(y2, 16), keep);
  let c30 = v128.and(v128.load(y3), keep);
  let c31 = v128.and(v128.load(y3, 16), keep);
  for (let t = 0; t < taps; ++t) {
    let b = panel + load<u32>(table);
    const a0 = <usize>load<u32>(table, 4);
    const a1 = <usize>load<u32>(table, 8);
    const a2 = <usize>load<u32>(table, 12);
    const a3 = <usize>load<u32>(table, 16);
    const end = depth * step;
    for (let k = 0; k < end; k += step) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const s0 = v128.load32_splat(a0 + k);
      c00 = fma(s0, b0, c00);
      c01 = fma(s0, b1, c01);
      const s1 = v128.load32_splat(a1 + k);
      c10 = fma(s1, b0, c10);
      c11 = fma(s1, b1, c11);
      const s2 = v128.load32_splat(a2 + k);
      c20 = fma(s2, b0, c20);
      c21 = fma(s2, b1, c21);
      const s3 = v128.load32_splat(a3 + k);
      c30 = fma(s3, b0, c30);
      c31 = fma(s3, b1, c31);
      b += 4 * PANEL;
    }
    table += 4 * (ROWS + 1);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(y1, c10);
  v128.store(y1, c11, 16);
  v128.store(y2, c20);
  v128.store(y2, c21, 16);
  v128.store(y3, c30);
  v128.store(y3, c31, 16);
}
