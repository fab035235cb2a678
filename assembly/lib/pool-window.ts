// The 3x3 windows of max-pooling with stride 2 and padding 1: which pixels a window has, and which windows have a pixel. Taps 0..8 count
// a window's pixels in row-major order.
import { at, storePair } from "./lanes";

/** Bytes of a table: addresses of nine taps, or three words for each of the four windows that have a pixel. */
// @ts-ignore: decorator
@inline export const TABLE_BYTES: usize = 64;

/**
 * Fills the table with the addresses of window (oh, ow)'s pixels in image[H][W][C], and returns the first tap inside the image. Taps outside
 * have the address of that one: a maximum that only a larger value replaces never chooses them.
 */
export function findWindow(table: usize, image: usize, oh: i32, ow: i32, H: i32, W: i32, C: i32): i32 {
  const top = oh * 2 - 1, left = ow * 2 - 1;
  const firstRow = oh == 0 ? 1 : 0, firstColumn = ow == 0 ? 1 : 0;
  const first = at(image, ((top + firstRow) * W + left + firstColumn) * C);
  let entry = table;
  for (let r = 0; r < 3; ++r) {
    let pixel = at(image, ((top + r) * W + left) * C);
    for (let s = 0; s < 3; ++s) {
      const inside = <u32>(top + r) < <u32>H && <u32>(left + s) < <u32>W;
      store<u32>(entry, <u32>(inside ? pixel : first));
      pixel += <usize>C << 2;
      entry += 4;
    }
  }
  return 3 * firstRow + firstColumn;
}

/**
 * to[C] = gradient of pixel (h, w): the sum of dy[OH][OW][C] over the windows whose winner[OH][OW][C] it is, rows first. dy and winner are
 * those of its image.
 */
export function gatherGradient(
  to: usize, dy: usize, winner: usize, table: usize, h: i32, w: i32, C: i32, OH: i32, OW: i32,
): void {
  let entry = table;
  for (let oh = h / 2; oh <= min((h + 1) / 2, OH - 1); ++oh) {
    for (let ow = w / 2; ow <= min((w + 1) / 2, OW - 1); ++ow) {
      const from = (oh * OW + ow) * C;
      store<u32>(entry, <u32>(winner + from));
      store<u32>(entry, <u32>at(dy, from), 4);
      store<i32>(entry, (h - (oh * 2 - 1)) * 3 + (w - (ow * 2 - 1)), 8);
      entry += 12;
    }
  }
  for (let c = 0; c < C; c += 8) {
    let g0 = f32x4.splat(0);
    let g1 = g0;
    for (let window = table; window < entry; window += 12) {
      const tap = i32x4.splat(load<i32>(window, 8));
      const taps = i16x8.extend_low_i8x16_u(v128.load64_zero(<usize>load<u32>(window) + c));
      const from = at(<usize>load<u32>(window, 4), c);
      g0 = f32x4.add(g0, v128.and(v128.load(from), i32x4.eq(i32x4.extend_low_i16x8_u(taps), tap)));
      g1 = f32x4.add(g1, v128.and(v128.load(from, 16), i32x4.eq(i32x4.extend_high_i16x8_u(taps), tap)));
    }
    storePair(at(to, c), g0, g1);
  }
}
