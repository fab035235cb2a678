// Pooling over NHWC. C is a multiple of 4; for maxPool a multiple of 8.
import { at, storePair } from "./lib/lanes";
import { findWindow, gatherGradient, TABLE_BYTES } from "./lib/pool-window";

/** Bytes of worker scratch for maxPool. */
export function maxPoolScratch(): i32 {
  return <i32>TABLE_BYTES;
}

/**
 * Max-pool 3x3, stride 2, padding 1: y[N][OH][OW][C], and, unless its address is 0, winner[N][OH][OW][C], a byte in 0..8: the tap with the
 * maximum, on ties the first in row-major order, like PyTorch. Padding never wins. A tile is an output row (n, i).
 *
 * @out y f32[tiles * OW * C]
 * @out? winner u8[tiles * OW * C]
 * @in x f32[tiles / OH * H * W * C]
 * @scratch maxPoolScratch()
 */
export function maxPool(
  y: usize, winner: usize, x: usize, scratch: usize, H: i32, W: i32, C: i32, OH: i32, OW: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const image = at(x, (tile / OH) * H * W * C);
    for (let ow = 0; ow < OW; ++ow) {
      const first = findWindow(scratch, image, tile % OH, ow, H, W, C);
      const out = (tile * OW + ow) * C;
      if (winner) pickWinners(at(y, out), winner + out, scratch, first, C);
      else pickMaxima(at(y, out), scratch, C);
    }
  }
}

/** y[C] = the maximum of the pixels whose addresses are in the table; writes its tap, from `first` on, to winner. */
function pickWinners(y: usize, winner: usize, table: usize, first: i32, C: i32): void {
  for (let c = 0; c < C; c += 8) {
    const begin = at(<usize>load<u32>(table + 4 * first), c);
    let best0 = v128.load(begin);
    let best1 = v128.load(begin, 16);
    let which0 = i32x4.splat(first);
    let which1 = which0;
    for (let t = first + 1; t < 9; ++t) {
      const from = at(<usize>load<u32>(table + 4 * t), c);
      const v0 = v128.load(from);
      const v1 = v128.load(from, 16);
      const wins0 = f32x4.gt(v0, best0);
      const wins1 = f32x4.gt(v1, best1);
      best0 = f32x4.pmax(best0, v0);
      best1 = f32x4.pmax(best1, v1);
      which0 = v128.bitselect(i32x4.splat(t), which0, wins0);
      which1 = v128.bitselect(i32x4.splat(t), which1, wins1);
    }
    const to = at(y, c);
    storePair(to, best0, best1);
    v128.store64_lane(winner + c, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(which0, which1), which0), 0);
  }
}

/** The same without winner. */
function pickMaxima(y: usize, table: usize, C: i32): void {
  for (let c = 0; c < C; c += 8) {
    const first = at(<usize>load<u32>(table), c);
    let best0 = v128.load(first);
    let best1 = v128.load(first, 16);
    for (let t = 1; t < 9; ++t) {
      const from = at(<usize>load<u32>(table + 4 * t), c);
      best0 = f32x4.pmax(best0, v128.load(from));
      best1 = f32x4.pmax(best1, v128.load(from, 16));
    }
    const to = at(y, c);
    storePair(to, best0, best1);
  }
}

/** Bytes of worker scratch for maxPoolBackward. */
export function maxPoolBackwardScratch(): i32 {
  return <i32>TABLE_BYTES;
}

/**
 * dx[N][H][W][C] from dy[N][OH][OW][C]: each pixel gathers from the windows in which it is the maximum. A tile is a row (n, h) of dx.
 *
 * @out dx f32[tiles * W * C]
 * @in dy f32[tiles / H * OH * OW * C]
 * @in winner u8[tiles / H * OH * OW * C]
 * @scratch maxPoolBackwardScratch()
 */
export function maxPoolBackward(
  dx: usize, dy: usize, winner: usize, scratch: usize, H: i32, W: i32, C: i32, OH: i32, OW: i32,
  tileBegin: i32, tileEnd: i32,
): void {
  for (let tile = tileBegin; tile < tileEnd; ++tile) {
    const image = (tile / H) * OH * OW * C;
    for (let w = 0; w < W; ++w) {
      gatherGradient(
        at(dx, (tile * W + w) * C), at(dy, image), winner + image, scratch, tile % H, w, C, OH, OW,
      );
    }
  }
}

/**
 * y[N][C] = mean over the P pixels of x[N][P][C]. A tile is an image.
 *
 * @out y f32[tiles * C]
 * @in x f32[tiles * P * C]
 */
export function averagePool(y: usize, x: usize, P: i32, C: i32, tileBegin: i32, tileEnd: i32): void {
  const scale = f32x4.splat(1 / <f32>P);
  for (let n = tileBegin; n < tileEnd; ++n) {
    for (let c = 0; c < C; c += 4) {
      let sum = f32x4.splat(0);
      for (let p = 0; p < P; ++p) sum = f32x4.add(sum, v128.load(at(x, (n * P + p) * C + c)));
      v128.store(at(y, n * C + c), f32x4.mul(sum, scale));
    }
  }
}

/**
 * dx[n][p][c] = dy[n][c] / P. A tile is an image.
 *
 * @out dx f32[tiles * P * C]
 * @in dy f32[tiles * C]
 */
export function averagePoolBackward(dx: usize, dy: usize, P: i32, C: i32, tileBegin: i32, tileEnd: i32): void {
  const scale = f32x4.splat(1 / <f32>P);
  for (let n = tileBegin; n < tileEnd; ++n) {
    for (let p = 0; p < P; ++p) {
      for (let c = 0; c < C; c += 4) {
        v128.store(at(dx, (n * P + p) * C + c), f32x4.mul(v128.load(at(dy, n * C + c)), scale));
      }
    }
  }
}
