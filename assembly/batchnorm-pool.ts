// Batch normalization of x[N][H][W][C] (see ./batchnorm.ts), ReLU and the max-pooling of ./pooling.ts in one pass over x. Neither the
// normalized pixels nor their gradients are stored: only what the windows' winners give, a quarter as many values.
//
//   y = max over a window of relu(gamma * (x - mean) * invstd + beta)
//
// The gradient reaches a window's winner where y > 0, so the sums over g in batch-norm's gradient are sums over windows: `top` holds the x of
// the winners, and batchNormBackwardPartials(dy, y, top) gives them. C is a multiple of 8.
//
// Normalization is monotonic, so the winner is the largest x, or the smallest where gamma * invstd is negative (x times the sign is compared).
import { backwardCoefficients, backwardRow, coefficientBytes } from "./lib/batchnorm-backward";
import { at, fma, storePair } from "./lib/lanes";
import { findWindow, gatherGradient, TABLE_BYTES } from "./lib/pool-window";

/** Marks a window that passes no gradient (y = 0). */
const NO_TAP: i32 = 9;

/** Bytes of worker scratch: | table of lib/pool-window.ts | a row of scales |. */
export function batchNormMaxPoolScratch(C: i32): i32 {
  return <i32>TABLE_BYTES + 4 * C;
}

/**
 * y[N][OH][OW][C], the winner's x in top, and its tap in winner, a byte in 0..8, on ties the first in row-major order; 9 where y is 0 and
 * passes no gradient. A tile is an output row (n, i).
 *
 * @out y f32[tiles * OW * C]
 * @out top f32[tiles * OW * C]
 * @out winner u8[tiles * OW * C]
 * @in x f32[tiles / OH * H * W * C]
 * @in mean f32[C]
 * @in invstd f32[C]
 * @in gamma f32[C]
 * @in beta f32[C]
 * @scratch batchNormMaxPoolScratch(C)
 */
export function batchNormMaxPool(
  y: usize, top: usize, winner: usize, x: usize, mean: usize, invstd: usize, gamma: usize, beta: usize, scratch: usize,
  H: i32, W: i32, C: i32, OH: i32, OW: i32, tileBegin: i32, tileEnd: i32,
): void {
  const scale = scratch + TABLE_BYTES;
  for (let c = 0; c < C; c += 4) {
    v128.store(at(scale, c), f32x4.mul(v128.load(at(gamma, c)), v128.load(at(invstd, c))));
  }
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const image = at(x, (tile / OH) * H * W * C);
    for (let ow = 0; ow < OW; ++ow) {
      const first = findWindow(scratch, image, tile % OH, ow, H, W, C);
      const out = (tile * OW + ow) * C;
      pickWinners(at(y, out), at(top, out), winner + out, scratch, first, mean, scale, beta, C);
    }
  }
}

function pickWinners(
  y: usize, top: usize, winner: usize, table: usize, first: i32, mean: usize, scale: usize, beta: usize, C: i32,
): void {
  const zero = f32x4.splat(0);
  const signBit = i32x4.splat(i32.MIN_VALUE);
  const none = i32x4.splat(NO_TAP);
  for (let c = 0; c < C; c += 8) {
    const s = at(scale, c);
    const s0 = v128.load(s);
    const s1 = v128.load(s, 16);
    const flip0 = v128.and(s0, signBit);
    const flip1 = v128.and(s1, signBit);
    const from = at(<usize>load<u32>(table + 4 * first), c);
    let best0 = v128.xor(v128.load(from), flip0);
    let best1 = v128.xor(v128.load(from, 16), flip1);
    let which0 = i32x4.splat(first);
    let which1 = which0;
    for (let t = first + 1; t < 9; ++t) {
      const pixel = at(<usize>load<u32>(table + 4 * t), c);
      const v0 = v128.xor(v128.load(pixel), flip0);
      const v1 = v128.xor(v128.load(pixel, 16), flip1);
      const wins0 = f32x4.gt(v0, best0);
      const wins1 = f32x4.gt(v1, best1);
      best0 = f32x4.pmax(best0, v0);
      best1 = f32x4.pmax(best1, v1);
      which0 = v128.bitselect(i32x4.splat(t), which0, wins0);
      which1 = v128.bitselect(i32x4.splat(t), which1, wins1);
    }
    const mu = at(mean, c);
    const b = at(beta, c);
    const x0 = v128.xor(best0, flip0);
    const x1 = v128.xor(best1, flip1);
    const z0 = fma(f32x4.sub(x0, v128.load(mu)), s0, v128.load(b));
    const z1 = fma(f32x4.sub(x1, v128.load(mu, 16)), s1, v128.load(b, 16));
    storePair(at(top, c), x0, x1);
    storePair(at(y, c), f32x4.max(z0, zero), f32x4.max(z1, zero));
    which0 = v128.bitselect(which0, none, f32x4.gt(z0, zero));
    which1 = v128.bitselect(which1, none, f32x4.gt(z1, zero));
    v128.store64_lane(winner + c, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(which0, which1), which0), 0);
  }
}

/** Bytes of worker scratch: | table of lib/pool-window.ts | coefficients of lib/batchnorm-backward.ts | a row of g |. */
export function batchNormMaxPoolBackwardScratch(C: i32): i32 {
  return <i32>TABLE_BYTES + coefficientBytes(C) + 4 * C;
}

/**
 * dx[N][H][W][C] from dy[N][OH][OW][C]: each pixel gathers g from the windows whose winner it is, then batch-norm's gradient. A tile is a
 * row (n, h) of dx.
 *
 * @out dx f32[N * H * W * C]
 * @in dy f32[N * OH * OW * C]
 * @in winner u8[N * OH * OW * C]
 * @in x f32[N * H * W * C]
 * @in mean f32[C]
 * @in invstd f32[C]
 * @in gamma f32[C]
 * @in dgamma f32[C]
 * @in dbeta f32[C]
 * @scratch batchNormMaxPoolBackwardScratch(C)
 * @tiles N * H
 */
export function batchNormMaxPoolBackward(
  dx: usize, dy: usize, winner: usize, x: usize, mean: usize, invstd: usize, gamma: usize, dgamma: usize, dbeta: usize,
  scratch: usize, N: i32, H: i32, W: i32, C: i32, OH: i32, OW: i32, tileBegin: i32, tileEnd: i32,
): void {
  const coefficients = scratch + TABLE_BYTES;
  const g = coefficients + coefficientBytes(C);
  backwardCoefficients(coefficients, invstd, gamma, dgamma, dbeta, N * H * W, C);
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const image = (tile / H) * OH * OW * C;
    for (let w = 0; w < W; ++w) {
      const pixel = (tile * W + w) * C;
      gatherGradient(g, at(dy, image), winner + image, scratch, tile % H, w, C, OH, OW);
      backwardRow(at(dx, pixel), g, 0, at(x, pixel), mean, coefficients, C);
    }
  }
}
